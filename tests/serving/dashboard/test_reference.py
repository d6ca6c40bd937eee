from typing import Any

from serving.dashboard.reference import operations

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "In": {
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "Who"},
                    "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                    "status": {"enum": ["open", "waiting"]},
                },
            },
            "Part": {"required": ["size"], "properties": {"size": {"type": "integer"}}},
        }
    },
    "paths": {
        "/things/{id}": {
            "post": {
                "tags": ["things"],
                "description": "Make a thing.",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"anyOf": [{"$ref": "#/components/schemas/In"}, {"type": "array"}]},
                            "examples": {"one": {"value": {"name": "x"}}},
                        }
                    }
                },
                "responses": {"200": {"description": "Done"}},
            }
        }
    },
}


def test_call_is_shown_with_its_parameters_body_and_example() -> None:
    (call,) = operations(DOCUMENT)["things"]
    assert (call.method, call.path, call.answers) == ("POST", "/things/{id}", (("200", "Done"),))
    assert [(one.name, one.kind, one.is_required) for one in call.parameters] == [("id", "integer", True)]
    assert call.example == '{\n  "name": "x"\n}'


def test_fields_say_in_words_what_they_take() -> None:
    (call,) = operations(DOCUMENT)["things"]
    assert [(one.name, one.kind) for one in call.body_fields] == [
        ("name", "string"),
        ("day", "date"),
        ("parts", "list of objects"),
        ("parts.size", "integer"),
        ("status", "open | waiting"),
    ]
    assert [one.name for one in call.body_fields if one.is_required] == ["name", "parts.size"]
