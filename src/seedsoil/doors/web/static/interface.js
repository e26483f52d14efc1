// The interface for programs, from its own description.

import {get} from "./api.js";
import {fill, h} from "./elements.js";

export async function interfaceView(main) {
  const described = await get("/api/openapi.json");
  const rows = Object.entries(described.paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, o]) => h("li", {class: "operation"}, h("p", null, h("b", {class: "method"}, method.toUpperCase()), " ", h("code", null, path)), h("p", {class: "small"}, o.description),
    o.requestBody ? h("p", {class: "small soft"}, "Body: ", bodyOf(o.requestBody.content)) : null)));
  fill(main, h("h1", null, "For programs"), h("p", null, described.info.description), h("p", null, h("a", {href: "/api/openapi.json"}, "The whole description (OpenAPI 3.1, JSON)")), h("ul", {class: "operations"}, rows));
}

function bodyOf(content) {
  const named = content["application/json"]?.schema?.$ref;
  return named ? named.split("/").pop() : Object.keys(content).join(", ");
}
