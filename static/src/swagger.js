// Starts Swagger UI from the address that the page names; no inline script is needed.
const target = document.getElementById("swagger-ui");
window.SwaggerUIBundle({ url: target.dataset.schema, domNode: target, deepLinking: true, validatorUrl: null });
