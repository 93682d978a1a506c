"""The workflow that publishes the site: what it builds is what it publishes, by GitHub's own actions."""

from pathlib import Path

import yaml

WORKFLOW = Path(__file__).resolve().parents[2] / ".github" / "workflows" / "site.yml"


def test_it_builds_the_site_and_publishes_what_was_built() -> None:
    told = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    (job,) = told["jobs"].values()
    steps = job["steps"]
    assert [step["run"].split()[:2] for step in steps if "run" in step] == [["make", "site"]]
    assert all(step["uses"].startswith("actions/") and "@v" in step["uses"] for step in steps if "uses" in step)
    done = [step.get("uses", "make site").split("@")[0] for step in steps]
    assert done.index("make site") < done.index("actions/upload-pages-artifact") < done.index("actions/deploy-pages")
    (kept,) = [
        step["with"]["path"] for step in steps if step.get("uses", "").startswith("actions/upload-pages-artifact")
    ]
    assert kept == "out/site"
    assert {"pages": "write", "id-token": "write"}.items() <= told["permissions"].items()
