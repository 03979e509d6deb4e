"""What a CI service makes of a recipe of docs/ci.md: ci_service.py PAGE WORD JOB CHECKOUT CACHE ARTEFACTS

Takes the block of YAML with WORD in it as it stands and runs JOB's shell lines in CHECKOUT, which is fresh:
its caches are put there before and kept in CACHE after; its artefacts must be there and are copied to
ARTEFACTS. Knows what the recipes use of GitHub's and GitLab's files, and refuses every other word. Ends with
the status of the first line that fails, as the service does; artefacts of "always" are kept then too."""
import os
import re
import shutil
import subprocess
import sys
import yaml


def known(where, given, words):
    if set(given) - set(words):
        sys.exit(f"{where}: nobody here knows {sorted(set(given) - set(words))}")


def paths(value):
    return value.split("\n") if isinstance(value, str) else value


def github(root, job):
    """[(kind, value)]: 'cache' (paths, is it saved), 'run' (line), 'artefact' (paths, always)"""
    known("workflow", root, ["name", True, "env", "jobs"])  # YAML 1.1 reads `on` as true
    own = root["jobs"][job]
    known(job, own, ["if", "runs-on", "timeout-minutes", "steps"])
    event = {"nightly": "schedule", "gate": "pull_request"}[job]
    assert own["if"] == f"github.event_name == '{event}'" and event in root[True], job
    for step in own["steps"]:
        known("step", step, ["uses", "with", "run", "if"])
        action, given = step.get("uses", ""), step.get("with", {})
        if "run" in step:
            yield "run", step["run"]
        elif re.fullmatch(r"actions/checkout@v\d", action):
            continue
        elif re.fullmatch(r"actions/cache(/restore)?@v\d", action):
            known(action, given, ["path", "key", "restore-keys"])
            # A key is written once: it must be new in every run, and found by its beginning.
            assert given["key"] == given["restore-keys"] + "${{ github.run_id }}"
            yield "cache", (paths(given["path"]), "restore" not in action)
        elif re.fullmatch(r"actions/upload-artifact@v\d", action):
            known(action, given, ["name", "path"])
            yield "artefact", (paths(given["path"]), step.get("if") == "always()")
        else:
            sys.exit(f"nobody here knows {action}")


def gitlab(root, job):
    own = root[job]
    known(job, own, ["rules", "timeout", "script", "artifacts"])
    event = {"nightly": "schedule", "gate": "merge_request_event"}[job]
    assert own["rules"] == [{"if": f'$CI_PIPELINE_SOURCE == "{event}"'}], own["rules"]
    known("cache", root["cache"], ["key", "paths"])
    yield "cache", (root["cache"]["paths"], True)
    for line in own["script"]:
        yield "run", line
    known("artifacts", own["artifacts"], ["paths", "when"])
    yield "artefact", (own["artifacts"]["paths"], own["artifacts"].get("when") == "always")


def copy(names, source, target, needed):
    for name in names:
        there = os.path.join(source, name)
        if needed:
            assert os.path.exists(there), f"no {name} to keep"
        if os.path.isdir(there):
            shutil.copytree(there, os.path.join(target, name), dirs_exist_ok=True)
        elif os.path.exists(there):
            shutil.copy(there, os.path.join(target, name))


def main():
    page, word, job, checkout, cache, artefacts = sys.argv[1:]
    text = open(page, encoding="utf-8").read()
    blocks = [b for b in re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S) if word in b]
    assert len(blocks) == 1, f"{len(blocks)} recipes with {word}"
    root = yaml.safe_load(blocks[0])
    steps = list(github(root, job) if "jobs" in root else gitlab(root, job))
    variables = {k: str(v) for k, v in (root.get("env") or root["variables"]).items()}
    env = {**os.environ, **variables, "GITHUB_STEP_SUMMARY": os.path.join(artefacts, "summary")}
    os.makedirs(artefacts, exist_ok=True)
    os.makedirs(cache, exist_ok=True)
    for kind, value in steps:
        if kind == "cache":
            copy(value[0], cache, checkout, False)
    status = 0
    for kind, value in steps:
        if kind == "run" and status == 0:
            status = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", value], cwd=checkout, env=env).returncode
        elif kind == "artefact" and (status == 0 or value[1]):
            copy(value[0], checkout, artefacts, True)
    for kind, value in steps:
        if kind == "cache" and value[1] and status == 0:
            copy(value[0], checkout, cache, job == "nightly")  # a gate may have made nothing to keep
    sys.exit(status)


main()
