"""Dialects: how the steps of a scenario look from outside in one style of product.

A blueprint's manifest names its dialect and its output must speak it; so a scenario is written once and measured on
any stack. The conventions, which compilers here and blueprints share:

`rest_json` (JSON over HTTP)
- `POST /auth/register` `{"email", "password"}` → 201 with `id`, `email`; `POST /auth/login` the same body → 200 with
  `access_token`, or 401. Then `Authorization: Bearer`. An account whose e-mail is in the `ADMIN_EMAILS` environment
  variable (comma separated) is an administrator. Sample accounts: `<actor>@example.com`, admin `admin@example.com`.
- an entity lives at `/<plural, underscores as dashes>`: `POST` 201, `GET` 200 `{"items": [...], "total", "limit",
  "offset"}` with `?limit=&offset=&q=&sort=&<field>=&<relation>_id=`, `GET/PATCH/DELETE /<id>` 200/200/204, actions
  `POST /<id>/<action, dashes>` 200; `GET /export.csv` 200 with the feature
  `export`.
- a relation is `<name>_id` in JSON, to many `<name>_ids`; decimals are strings; moments ISO 8601 with offset;
  computed values are fields too.
- refused: 400, 409 or 422 whose body names the field (as a `loc` entry or `"field"`); unauthenticated 401; forbidden
  403; a record the actor may not see 404. `GET /health` 200 `{"status": "ok"}`; `GET /openapi.json`.

`html_forms` (server-rendered pages)
- `/accounts/signup/` (`email`, `password1`, `password2`), `/accounts/login/` (`username` is the e-mail, `password`),
  log out by POST `/accounts/logout/`. `ADMIN_EMAILS` as above. Every unsafe request carries `csrfmiddlewaretoken`.
- an entity lives at `/<plural, dashes>/`, `…/new/`, `…/<id>/`, `…/<id>/edit/`, POST `…/<id>/delete/`, POST
  `…/<id>/<action, dashes>/`; with the feature `export`, `…/export.csv`. List parameters `q`, `page`, `sort`,
  `<field>`. Form fields carry the names of the
  Spec's fields and relations; a `datetime` input takes `YYYY-MM-DDTHH:MM` or ISO 8601 in UTC.
- done: the browser ends on the record's page (`…/<id>/`; the list after a delete). Refused: it stays on a page with
  status 200, 409 or 422 that holds `data-error` (and `data-error-field="<field>"` where a field is at fault).
  Unauthenticated: ends on `/accounts/login/`. Forbidden 403, not found 404. A record's page shows
  `data-field="<name>"` elements whose text is the value (a date or moment in ISO 8601, UTC, in the `datetime`
  attribute of a `<time>`; a relation the title of the other record); a list shows `data-id="<id>"` for each row.
  `GET /health/` 200.

A scenario `through: browser` of such a product is done with its screens: what is filled in are the controls named
as above; what sends a form is its first submit button; an action is the button with the action's label; errors are
elements `data-error` that can be seen, with words in them.

`cli` (a command): steps are `run` only; exit codes 0 done, 1 refused or failed, 2 wrong usage; messages on standard
error.
"""
