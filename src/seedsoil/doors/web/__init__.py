"""The page: a local web server, its HTTP interface and the files of the browser."""
