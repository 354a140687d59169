"""Model cards: what a model is for, what it learned from, what it can and cannot do."""

from pathlib import Path

CARD = """# {name}, version {version}

{title}

**Trained on {train_events} events of the demo world ({train_attacks} of attacks). The data is synthetic: made by this project's own customers and attackers, acting through the real API and chain. Nothing here is a claim about real fraud.** An operator should train again on the engine's own export, with labels from cases.

| | |
|---|---|
| scores | {events} |
| counts as a hit | {kinds} |
| kind | LightGBM, {trees} trees of at most 7 leaves, monotone where the direction is known; ONNX, {inputs} inputs |
| trained on seeds | {train_seeds} |
| stopped by seeds | {valid_seeds} ({valid_events} events, {valid_attacks} of attacks) |
| measured on seeds | {test_seeds} ({test_events} events, {test_attacks} of attacks), none of which was seen before |
| never trained on | seeds 1, 7 and 42, by which the demo is judged |
| parity | LightGBM and onnxruntime differ by at most {parity:.1e} on every recorded row |

## Figures on the held-out worlds

| AUC | average precision | hits at {threshold} | false alarms at {threshold} | missed at {threshold} |
|---|---|---|---|---|
| {auc} | {ap} | {hits} | {alarms} | {missed} |

The split is by world and in the order of recording. Attacks of a held-out world have other parameters, drawn from its seed, but are of the same kinds: the figures say that the pipeline works, and nothing of kinds that are not there.

## What is done with the score

From {threshold} on, {consequence}. The model alone never denies and never freezes. Owners do not see the score.

## What moves it most

{importance}

## Limits

Worlds of a few dozen people cannot show how rare fraud is: scores are not probabilities outside of the demo world. People here have one wallet, few payees and steady habits; businesses, markets and holidays do not exist. The score of an event unlike any of these is a guess bounded by the directions that were fixed.
"""


def write_card(folder: Path, model, entry: dict, counts, seeds, parity: float, classifier) -> None:
    gains = classifier.booster_.feature_importance(importance_type="gain")
    ranked = sorted(zip(gains, model.columns, strict=True), key=lambda pair: -pair[0])
    whole = sum(gains) or 1.0
    importance = "\n".join(f"- `{column.fact}`: {gain / whole:.0%} of the gain" for gain, column in ranked[:6] if gain > 0)
    measured = entry["figures"]
    text = CARD.format(
        name=model.name,
        version=entry["version"],
        title=model.title,
        train_events=counts[0][0],
        train_attacks=counts[0][1],
        valid_events=counts[1][0],
        valid_attacks=counts[1][1],
        test_events=counts[2][0],
        test_attacks=counts[2][1],
        events=", ".join(f"`{event}`" for event in model.events),
        kinds=", ".join(sorted(model.kinds)),
        trees=classifier.booster_.num_trees(),
        inputs=len(model.columns),
        train_seeds=", ".join(map(str, seeds[0])),
        valid_seeds=", ".join(map(str, seeds[1])),
        test_seeds=", ".join(map(str, seeds[2])),
        parity=parity,
        threshold=model.threshold,
        consequence=model.consequence,
        auc=measured["test_auc"],
        ap=measured["test_average_precision"],
        hits=measured["hits_at_threshold"],
        alarms=measured["false_alarms_at_threshold"],
        missed=measured["missed_at_threshold"],
        importance=importance,
    )
    (folder / f"{model.name}.md").write_text(text)
