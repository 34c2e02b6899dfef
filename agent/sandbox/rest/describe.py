"""`/sobjects` and `/sobjects/X/describe`: what objects there are, and what they are made of."""

from __future__ import annotations

from typing import Any

from agent.sandbox.http import Response, json_response
from agent.sandbox.rest.call import Call
from agent.sandbox.schema import Field, ObjectSchema

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
}
_DOUBLE_PRECISION = 18


def describe_global(call: Call) -> Response:
    """`GET /sobjects`"""
    view = call.view()
    names = sorted(call.org.schemas)
    objects = [_summary(call, schema) for name in names if (schema := view.schema(name)) is not None]
    return json_response({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def basic(call: Call, name: str) -> Response:
    """`GET /sobjects/X`"""
    return json_response({"objectDescribe": _summary(call, call.schema(name)), "recentItems": []})


def describe(call: Call, name: str) -> Response:
    """`GET /sobjects/X/describe`, without what field-level security hides from the user."""
    schema = call.schema(name)
    return json_response(
        {
            **_summary(call, schema),
            "fields": [_field(schema, field) for field in schema.fields.values()],
            "childRelationships": _children(call, schema),
            "recordTypeInfos": [],
            "supportedScopes": [],
        }
    )


def _summary(call: Call, schema: ObjectSchema) -> dict[str, Any]:
    url = f"{call.root}/sobjects/{schema.name}"
    return {
        "name": schema.name,
        "label": schema.label,
        "labelPlural": f"{schema.label}s",
        "keyPrefix": schema.key_prefix,
        "custom": schema.custom,
        "customSetting": False,
        "createable": schema.createable,
        "updateable": schema.createable,
        "deletable": schema.deletable,
        "undeletable": schema.deletable,
        "queryable": True,
        "retrieveable": True,
        "searchable": schema.createable,
        "layoutable": schema.createable,
        "replicateable": "SystemModstamp" in schema.fields,
        "feedEnabled": schema.feed,
        "deprecatedAndHidden": False,
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"},
    }


def _children(call: Call, schema: ObjectSchema) -> list[dict[str, Any]]:
    """Every lookup in the org that points here, under its relationship name where it has one."""
    view = call.view()
    named = {target: name for name, target in schema.child_relationships.items()}
    children: list[dict[str, Any]] = []
    for name in call.org.schemas:
        child = view.schema(name)
        for field in child.fields.values() if child is not None else ():
            if schema.name in field.reference_to:
                children.append(
                    {
                        "childSObject": name,
                        "field": field.name,
                        "relationshipName": named.get((name, field.name)),
                        "cascadeDelete": not field.nillable and field.name == "ParentId",
                        "deprecatedAndHidden": False,
                        "junctionIdListNames": [],
                        "junctionReferenceTo": [],
                        "restrictedDelete": False,
                    }
                )
    return children


def _field(schema: ObjectSchema, field: Field) -> dict[str, Any]:
    long_text = field.type == "textarea" and (field.html or field.length == 0 or field.length > 255)
    return {
        "name": field.name,
        "label": field.label or field.name,
        "type": field.type,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": _DOUBLE_PRECISION if field.type == "double" else 0,
        "scale": field.scale,
        "digits": 0,
        "custom": field.custom,
        "createable": field.createable and not field.calculated,
        "updateable": field.updateable and not field.calculated,
        "nillable": field.nillable,
        "defaultedOnCreate": field.type == "boolean" or not field.createable or field.name == "OwnerId",
        "calculated": field.calculated,
        "calculatedFormula": None,
        "autoNumber": field.auto_number is not None,
        "unique": field.unique,
        "caseSensitive": field.unique,
        "externalId": field.external_id,
        "idLookup": field.external_id or field.type == "id",
        "nameField": field.name == "Name",
        "namePointing": len(field.reference_to) > 1,
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "relationshipOrder": None,
        "restrictedPicklist": field.type == "picklist" and field.restricted,
        "picklistValues": [_picklist_value(value) for value in field.picklist],
        "dependentPicklist": False,
        "htmlFormatted": field.html,
        "extraTypeInfo": "richtextarea"
        if field.html
        else "plaintextarea"
        if field.type == "textarea"
        else None,
        "filterable": not long_text,
        "sortable": not long_text,
        "groupable": not long_text and field.type not in ("datetime", "double"),
        "aggregatable": not long_text,
        "permissionable": field.custom,
        "encrypted": False,
        "deprecatedAndHidden": False,
        "inlineHelpText": None,
        "defaultValue": False if field.type == "boolean" else None,
    }


def _picklist_value(value: str) -> dict[str, Any]:
    return {"value": value, "label": value, "active": True, "defaultValue": False, "validFor": None}
