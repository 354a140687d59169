"""Trains the shipped models from recordings of the demo world and writes them with manifest, cards and test vectors.

    python models/training/train.py RECORDING.ndjson ... --parity parity.json

Recordings come from `npm run demo -- --seed N --record FILE`. The last quarter of the seeds is held out for the figures, the
quarter before for choosing where training stops; no event of a held-out world is seen in training.
"""

import argparse
import hashlib
import json
import math
from pathlib import Path

import lightgbm
import numpy
import onnx
import onnxruntime
import yaml
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.metrics import average_precision_score, roc_auc_score

from cards import write_card
from models import MODELS, Column, Model

REGISTRY = Path(__file__).parent.parent / "registry"
CARDS = Path(__file__).parent.parent / "cards"
DEMO_SEEDS = {1, 7, 42}
"""Seeds that the demo is judged by: never trained on."""
OPSET = 15
PARITY_MAX = 1e-5
VECTORS = 40
VERSION = "1"


def number_of(value, column: Column) -> float | None:
    """`numberOf` of models/registry/inputs.ts."""
    if value is None:
        return None
    if column.equals is not None:
        return 1.0 if value == column.equals else 0.0
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def cell(facts: dict, column: Column) -> float:
    """`columnOf` of models/registry/inputs.ts."""
    value = number_of(facts.get(column.fact), column)
    if value is None:
        return column.missing
    return math.log1p(max(0.0, value)) if column.transform == "log1p" else value


def matrix(events: list[dict], model: Model) -> numpy.ndarray:
    rows = [[cell(event["facts"], column) for column in model.columns] for event in events]
    return numpy.array(rows, dtype=numpy.float32).reshape(len(rows), len(model.columns))


def labels(events: list[dict], model: Model) -> numpy.ndarray:
    return numpy.array([1 if event["label"] in model.kinds else 0 for event in events])


def read(files: list[str]) -> list[dict]:
    events = [json.loads(line) for file in files for line in Path(file).read_text().splitlines()]
    used = DEMO_SEEDS & {event["seed"] for event in events}
    if used:
        raise SystemExit(f"seeds {sorted(used)} are what the demo is judged by: record other seeds")
    return events


def split(seeds: list[int]) -> tuple[list[int], list[int], list[int]]:
    quarter = max(1, len(seeds) // 4)
    return seeds[: -2 * quarter], seeds[-2 * quarter : -quarter], seeds[-quarter:]


def fit(model: Model, train: list[dict], valid: list[dict]) -> lightgbm.LGBMClassifier:
    classifier = lightgbm.LGBMClassifier(
        n_estimators=200,
        learning_rate=0.08,
        num_leaves=7,
        min_child_samples=8,
        reg_lambda=2.0,
        monotone_constraints=[column.rise for column in model.columns],
        deterministic=True,
        force_row_wise=True,
        num_threads=1,
        random_state=0,
        verbose=-1,
    )
    classifier.fit(
        matrix(train, model),
        labels(train, model),
        eval_X=matrix(valid, model),
        eval_y=labels(valid, model),
        eval_metric="binary_logloss",
        callbacks=[lightgbm.early_stopping(20, verbose=False)],
    )
    return classifier


def export(classifier: lightgbm.LGBMClassifier, model: Model) -> bytes:
    inputs = [("facts", FloatTensorType([None, len(model.columns)]))]
    converted = convert_lightgbm(classifier, initial_types=inputs, zipmap=False, target_opset=OPSET)
    converted.doc_string = ""
    onnx.checker.check_model(converted)
    return converted.SerializeToString()


def run_onnx(model_bytes: bytes, rows: numpy.ndarray) -> numpy.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"facts": rows})[0][:, 1]


def usual(model: Model, train: list[dict]) -> list[float]:
    """Median of each fact over honest events, before the transform."""
    honest = [event for event in train if event["label"] == "good"] or train
    medians = []
    for column in model.columns:
        known = [number for event in honest if (number := number_of(event["facts"].get(column.fact), column)) is not None]
        medians.append(float(f"{float(numpy.median(known)) if known else 0.0:.4g}"))
    return medians


def at(truth: numpy.ndarray, scores: numpy.ndarray, threshold: float) -> dict[str, int]:
    over = scores >= threshold
    return {
        "hits_at_threshold": int((over & (truth == 1)).sum()),
        "false_alarms_at_threshold": int((over & (truth == 0)).sum()),
        "missed_at_threshold": int((~over & (truth == 1)).sum()),
    }


def figures(truth: numpy.ndarray, scores: numpy.ndarray, threshold: float) -> dict[str, float]:
    both = 0 < truth.sum() < len(truth)
    return {
        "test_events": len(truth),
        "test_attacks": int(truth.sum()),
        "test_auc": round(float(roc_auc_score(truth, scores)), 4) if both else 0.0,
        "test_average_precision": round(float(average_precision_score(truth, scores)), 4) if both else 0.0,
        **at(truth, scores, threshold),
    }


def entry_of(model: Model, sha256: str, typical: list[float], trained_on: str, measured: dict[str, float]) -> dict:
    inputs = []
    for column, usually in zip(model.columns, typical, strict=True):
        item: dict = {"fact": column.fact, "missing": column.missing}
        if column.transform != "none":
            item["transform"] = column.transform
        if column.equals is not None:
            item["equals"] = column.equals
        inputs.append({**item, "typical": usually, "words": column.words})
    return {
        "name": model.name,
        "version": VERSION,
        "status": "champion",
        "file": f"{model.name}.onnx",
        "sha256": sha256,
        "events": list(model.events),
        "inputs": inputs,
        "output": "probabilities",
        "explain_from": 0.5,
        "threshold": f"{model.threshold}: {model.consequence}",
        "trained_on": trained_on,
        "figures": measured,
        "card": f"models/cards/{model.name}.md",
    }


def train_model(model: Model, events: list[dict]) -> tuple[dict, dict]:
    """One manifest entry, and the rows with which another runtime is compared."""
    own = [event for event in events if event["type"] in model.events and event["label"] not in model.excluded]
    seeds = sorted({event["seed"] for event in events})
    parts = [[event for event in own if event["seed"] in chosen] for chosen in split(seeds)]
    train, valid, test = parts
    classifier = fit(model, train, valid)
    model_bytes = export(classifier, model)
    rows = matrix(own, model)
    python = classifier.predict_proba(rows)[:, 1]
    scores = run_onnx(model_bytes, rows)
    worst = float(numpy.abs(python - scores).max())
    if worst > PARITY_MAX:
        raise SystemExit(f"{model.name}: LightGBM and onnxruntime differ by {worst}")
    measured = figures(labels(test, model), run_onnx(model_bytes, matrix(test, model)), model.threshold)
    (REGISTRY / f"{model.name}.onnx").write_bytes(model_bytes)
    counts = [(len(part), int(labels(part, model).sum())) for part in parts]
    trained_on = (
        f"synthetic: {counts[0][0]} events of the demo world ({counts[0][1]} of attacks), seeds {seeds[0]}-{split(seeds)[0][-1]}; "
        "no real customer and no real fraud"
    )
    entry = entry_of(model, hashlib.sha256(model_bytes).hexdigest(), usual(model, train), trained_on, measured)
    write_card(CARDS, model, entry, counts, split(seeds), worst, classifier)
    print(f"{model.name}: {len(model_bytes)} bytes, parity {worst:.1e} on {len(own)} rows, {measured}")
    wanted = [column.fact for column in model.columns]
    facts = [{fact: event["facts"][fact] for fact in wanted if fact in event["facts"]} for event in own]
    types = [event["type"] for event in own]
    return entry, {"model": model.name, "types": types, "facts": facts, "scores": [float(score) for score in scores]}


def sample(parity: dict) -> dict:
    """Few rows of all scores, low to high, for the test that ships."""
    order = sorted(range(len(parity["scores"])), key=lambda index: parity["scores"][index])
    picked = [order[round(step * (len(order) - 1) / (VECTORS - 1))] for step in range(VECTORS)]
    return {**parity, **{name: [parity[name][index] for index in picked] for name in ("types", "facts", "scores")}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", nargs="+")
    parser.add_argument("--parity", required=True, help="where to write every row with its score, for check-parity.ts")
    arguments = parser.parse_args()
    events = read(arguments.recordings)
    CARDS.mkdir(exist_ok=True)
    trained = [train_model(model, events) for model in MODELS]
    head = "# The models in use. An entry names the file beside this one with its SHA-256; a change here is a promotion, and goes by review.\n"
    manifest = yaml.safe_dump({"models": [entry for entry, _ in trained]}, sort_keys=False, width=140, allow_unicode=True)
    (REGISTRY / "manifest.yaml").write_text(head + manifest)
    Path(arguments.parity).write_text(json.dumps([parity for _, parity in trained]))
    vectors = json.dumps([sample(parity) for _, parity in trained], indent=1)
    (REGISTRY / "vectors.json").write_text(vectors + "\n")


if __name__ == "__main__":
    main()
