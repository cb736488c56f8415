"""Wrong answers to exercise 2.1 as students write them.

Those with a letter at the end were written without sight of the check.
"""

from __future__ import annotations

from typing import Any

import torch


def predict_one_a(model: Any, image: Any) -> Any:
    """Leaves the model in eval mode."""
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    return out.argmax(dim=1).item()


def predict_one_b(model: Any, image: Any) -> Any:
    """Forgets the batch axis."""
    was = model.training
    model.eval()
    with torch.no_grad():
        out = model(image)
    model.train(was)
    return out.argmax().item()


def predict_one_c(model: Any, image: Any) -> Any:
    """Always ends with model.train(), also when the model came in eval mode."""
    model.eval()
    with torch.no_grad():
        scores = model(image.unsqueeze(0))
    model.train()
    return scores.argmax(dim=1).item()


def predict_one_d(model: Any, image: Any) -> Any:
    """Forgets eval mode altogether."""
    with torch.no_grad():
        return model(image[None]).argmax(dim=1).item()


def predict_one_e(model: Any, image: Any) -> Any:
    """Returns a tensor [1] instead of an int."""
    was = model.training
    model.eval()
    with torch.no_grad():
        pred = model(image.unsqueeze(0)).argmax(dim=1)
    model.train(was)
    return pred


def predict_one_f(model: Any, image: Any) -> Any:
    """Forgets no_grad."""
    mode = model.training
    model.eval()
    out = model(image.unsqueeze(0))
    model.train(mode)
    return out.argmax(1).item()


def predict_one_g(model: Any, image: Any) -> Any:
    """Calls unsqueeze(1) instead of 0: works only for one channel."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(1))
    model.train(mode)
    return out.argmax(1).item()


def predict_one_h(model: Any, image: Any) -> Any:
    """Restores the mode after return, so never."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
        return int(out.argmax(dim=1))
    model.train(was_training)  # type: ignore[unreachable]


def predict_one_i(model: Any, image: Any) -> Any:
    """Returns the highest score instead of its index."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    model.train(mode)
    return int(out.max())


def predict_one_j(model: Any, image: Any) -> Any:
    """Hard-coded view(1, 1, 28, 28)."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.view(1, 1, 28, 28))
    model.train(mode)
    return out.argmax(1).item()


def predict_one_k(model: Any, image: Any) -> Any:
    """Argmax over the batch axis: always 0."""
    mode = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    model.train(mode)
    return int(out.argmax(dim=0)[0])


def predict_one_l(model: Any, image: Any) -> Any:
    """Remembers the mode after having called eval()."""
    model.eval()
    mode = model.training
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    model.train(mode)
    return out.argmax().item()


def predict_one_m(model: Any, image: Any) -> Any:
    """Sets model.training back by hand, so the layers inside stay in eval mode."""
    was = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    model.training = was
    return out.argmax(dim=1).item()


def predict_one_n(model: Any, image: Any) -> Any:
    """Writes model.eval without brackets and torch.no_grad() without with: no effect."""
    was = model.training
    model.eval  # noqa: B018
    torch.no_grad()
    out = model(image.unsqueeze(0))
    model.train(was)
    return out.argmax(dim=1).item()


def predict_one_o(model: Any, image: Any) -> Any:
    """Prints the class instead of returning it."""
    was = model.training
    model.eval()
    with torch.no_grad():
        out = model(image.unsqueeze(0))
    if was:
        model.train()
    print(out.argmax(dim=1).item())


def gradients_off_for_good(model: Any, image: Any) -> Any:
    was = model.training
    model.eval()
    torch.set_grad_enabled(False)
    out = model(image.unsqueeze(0))
    model.train(was)
    return out.argmax(dim=1).item()


def freezes_the_weights(model: Any, image: Any) -> Any:
    was = model.training
    model.eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
    out = model(image.unsqueeze(0))
    model.train(was)
    return out.argmax(dim=1).item()


def predicting(read: Any) -> Any:
    """Both switches in order, and then `read` of the scores."""

    def predict_one(model: Any, image: Any) -> Any:
        was = model.training
        model.eval()
        with torch.no_grad():
            out = model(image.unsqueeze(0))
        model.train(was)
        return read(out)

    return predict_one


def always_trains_afterwards_and_tracks(model: Any, image: Any) -> Any:
    model.eval()
    out = model(image.unsqueeze(0))
    model.train()
    return out.argmax().item()


def no_switch_and_a_tensor(model: Any, image: Any) -> Any:
    return model(image.unsqueeze(0)).argmax(dim=1)


def evaluates_too_late(model: Any, image: Any) -> Any:
    out = model(image.unsqueeze(0))
    model.eval()
    return out.argmax(dim=1).item()


def trains_for_evaluation(model: Any, image: Any) -> Any:
    model.train()
    with torch.no_grad():
        return model(image.unsqueeze(0)).argmax(dim=1).item()


def mode_changed_and_a_tensor(model: Any, image: Any) -> Any:
    model.eval()
    with torch.no_grad():
        return model(image.unsqueeze(0)).argmax(dim=1)


WRONG: list[tuple[Any, str | None]] = [
    (predict_one_a, "mode left changed"),
    (predict_one_b, "no unsqueeze"),
    (predict_one_c, "training mode afterwards"),
    (predict_one_d, "left in train mode"),
    (predict_one_e, "returns a tensor"),
    (predict_one_f, "tracks gradients"),
    (predict_one_g, "unsqueeze at 1"),
    (predict_one_h, "mode left changed"),
    (predict_one_i, "returns the score"),
    (predict_one_j, "size of the picture fixed"),
    (predict_one_k, "always class 0"),
    (predict_one_l, "mode left changed"),
    (predict_one_m, "mode put back outside only"),
    (predict_one_n, "both switches forgotten"),
    (predict_one_o, "nothing returned"),
    (gradients_off_for_good, "gradients left switched off"),
    (freezes_the_weights, "weights frozen"),
    (predicting(lambda out: out.softmax(dim=1).max().item()), "returns the score"),
    (predicting(lambda out: out.softmax(dim=0).argmax(dim=1).item()), "always class 0"),
    (predicting(lambda out: out), "returns all scores"),
    (predicting(lambda out: out.argmax(dim=1).tolist()), "returns a list"),
    (predicting(lambda out: out.argmin(dim=1).item()), None),
    (predicting(lambda out: str(out.argmax(dim=1).item())), None),
    (evaluates_too_late, None),
    (trains_for_evaluation, "switched to training mode"),
    (mode_changed_and_a_tensor, "mode left changed"),
    (always_trains_afterwards_and_tracks, "training mode afterwards and gradients tracked"),
    (no_switch_and_a_tensor, "both switches forgotten"),
]
