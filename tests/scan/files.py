"""Scans and masks written as NIfTI and DICOM, for the readers to read."""

from pathlib import Path

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom")
nibabel = pytest.importorskip("nibabel")

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset  # noqa: E402
from pydicom.sequence import Sequence  # noqa: E402
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SegmentationStorage, generate_uid  # noqa: E402

TURN = np.diag([-1.0, -1.0, 1.0, 1.0])


def nifti(path, volume, kind=np.int16):
    """A volume as NIfTI, axes right, forward, up."""
    nibabel.save(nibabel.Nifti1Image(volume.values.transpose(2, 1, 0).astype(kind), volume.affine), path)
    return str(path)


def _new(kind, modality, **more):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID, one.Modality = kind, meta.MediaStorageSOPInstanceUID, modality
    one.PatientID, one.PatientName, one.StudyID, one.SeriesNumber = "made", "Made^Up", "1", 1
    for name, value in more.items():
        setattr(one, name, value)
    return one


def _place(volume, z):
    """(position, orientation, spacing) of one slice, as DICOM says it: columns to the left, rows backward."""
    ny, nx = volume.values.shape[1:]
    corner = TURN @ volume.affine @ np.array([nx - 1, ny - 1, z, 1.0])
    return [round(float(v), 6) for v in corner[:3]], [1, 0, 0, 0, 1, 0], [volume.spacing[1], volume.spacing[0]]


def series(folder, volume, slope=1.0, intercept=-1024.0, **more):
    """A volume as a folder of CT slices, in an order that is not that of their places."""
    folder.mkdir(parents=True, exist_ok=True)
    study, own = more.pop("study", generate_uid()), more.pop("series", generate_uid())
    order = np.random.default_rng(0).permutation(len(volume.values))
    for number, z in enumerate(order):
        one = _new(CTImageStorage, "CT", StudyInstanceUID=study, SeriesInstanceUID=own, InstanceNumber=number + 1)
        one.ImagePositionPatient, one.ImageOrientationPatient, one.PixelSpacing = _place(volume, z)
        one.RescaleSlope, one.RescaleIntercept, one.RescaleType = slope, intercept, "HU"
        pixels = np.round((volume.values[z][::-1, ::-1] - intercept) / slope).astype(np.uint16)
        _pixels(one, pixels, 16)
        for name, value in more.items():
            setattr(one, name, value)
        one.save_as(folder / f"{number:04d}.dcm", enforce_file_format=True)
    return str(folder)


def _pixels(one, pixels, bits):
    one.Rows, one.Columns = pixels.shape[-2:]
    one.SamplesPerPixel, one.PhotometricInterpretation, one.PixelRepresentation = 1, "MONOCHROME2", 0
    one.BitsAllocated, one.BitsStored, one.HighBit = bits, bits, bits - 1
    one.PixelData = np.packbits(pixels.ravel().astype(bool), bitorder="little").tobytes() if bits == 1 else pixels.tobytes()


def segmentation(path, mask, names):
    """A mask as a DICOM segmentation object: one frame for each slice of each label that is not empty."""
    one = _new(SegmentationStorage, "SEG", StudyInstanceUID=generate_uid(), SeriesInstanceUID=generate_uid())
    one.SegmentationType = "BINARY"
    one.SegmentSequence = Sequence([_item(SegmentNumber=k, SegmentLabel=name) for k, name in names.items()])
    first = _place(mask, 0)
    one.SharedFunctionalGroupsSequence = Sequence([_item(
        PlaneOrientationSequence=Sequence([_item(ImageOrientationPatient=first[1])]),
        PixelMeasuresSequence=Sequence([_item(PixelSpacing=first[2])]),
    )])  # fmt: skip
    frames, groups = [], []
    for label in names:
        for z in np.flatnonzero((mask.values == label).any(axis=(1, 2))):
            frames.append((mask.values[z] == label)[::-1, ::-1])
            groups.append(_item(
                PlanePositionSequence=Sequence([_item(ImagePositionPatient=_place(mask, z)[0])]),
                SegmentIdentificationSequence=Sequence([_item(ReferencedSegmentNumber=label)]),
            ))  # fmt: skip
    one.PerFrameFunctionalGroupsSequence, one.NumberOfFrames = Sequence(groups), len(frames)
    _pixels(one, np.stack(frames), 1)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    one.save_as(path, enforce_file_format=True)
    return str(path)


def _item(**fields):
    item = Dataset()
    for name, value in fields.items():
        setattr(item, name, value)
    return item
