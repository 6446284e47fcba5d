import json

import jsonschema
import pytest

from cxengine.planning.published import roadmap_json, roadmap_schema


def test_a_roadmap_fits_the_published_schema(planned):
    schema = roadmap_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    published = json.loads(json.dumps(roadmap_json(planned().roadmap), allow_nan=False))
    jsonschema.validate(published, schema)
    assert published["items"][0]["id"] == "single-sign-on"
    assert published["items"][0]["start"] == "2027-01-04"
    assert published["format"] == "cxengine.roadmap/1"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda r: r["items"][0].pop("score"),
        lambda r: r["items"][0].update(horizon="soon"),
        lambda r: r["items"][0].update(surprise=1),
        lambda r: r["load"].update(web=["much"]),
        lambda r: r.update(format="cxengine.roadmap/0"),
    ],
)
def test_the_schema_refuses_what_is_not_a_roadmap(planned, break_it):
    published = json.loads(json.dumps(roadmap_json(planned().roadmap)))
    break_it(published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(published, roadmap_schema())
