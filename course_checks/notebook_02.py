"""The exercises of notebook 02: one picture, many pictures, and what calls make of axes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from course_checks.declared import made, replaced, without
from course_checks.engine import Exercise, Mistake

# 2.1


def _filled(generator: Generator, build: Callable[[], nn.Sequential]) -> nn.Sequential:
    """A model in evaluation mode with numbers from `generator`, running statistics included."""
    with torch.random.fork_rng(devices=[]):  # layers start with numbers from the global generator
        model = build()
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            spread = name.endswith("running_var")
            draw = torch.rand if spread else torch.randn
            value.copy_(draw(value.shape, generator=generator) + (0.5 if spread else 0.0))
    return model.eval()


def _picture(generator: Generator, model: nn.Sequential, shape: Sequence[int]) -> Tensor:
    """A picture that the model does not put into class 0, if one is found soon.

    Always answering 0 is what a wrong axis leads to; it should not be right by chance.
    """
    for _ in range(50):
        image = torch.randn(*shape, generator=generator)
        if PREDICT_ONE.reference(model, image) > 0:
            break
    return image


def _models_and_pictures(generator: Generator) -> Iterator[tuple[nn.Sequential, Tensor]]:
    def tiny() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Linear(4, 3))

    def convolution() -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(3, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(40, 10))

    def normed_convolution() -> nn.Sequential:
        layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(96, 5)
        return nn.Sequential(*layers)

    def normed() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Linear(40, 8), nn.BatchNorm1d(8), nn.Linear(8, 6))

    def dropping() -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(105, 10))

    model = _filled(generator, tiny)
    yield model, _picture(generator, model, (2, 1, 2))
    model = _filled(generator, convolution)
    yield model, _picture(generator, model, (3, 6, 7))
    model = _filled(generator, normed_convolution)
    image = _picture(generator, model, (1, 8, 6))
    yield model.train(), image
    model = _filled(generator, normed)
    image = _picture(generator, model, (2, 4, 5))
    yield model.train(), image
    model = _filled(generator, dropping)
    yield model.train(), torch.randn(7, 5, 3, generator=generator).permute(2, 1, 0)
    one_class = _filled(generator, lambda: nn.Sequential(nn.Flatten(), nn.Linear(12, 1)))
    yield one_class, torch.randn(3, 1, 4, generator=generator)
    model = _filled(generator, normed)  # comes in evaluation mode, and the mode matters to it
    yield model, _picture(generator, model, (2, 4, 5))


def _observe_prediction(answer: Any, model: nn.Sequential, image: Tensor) -> dict[str, Any]:
    """The prediction, and what else the answer did, which an int does not show."""
    tracked: list[bool] = []
    hook = model[-1].register_forward_hook(lambda _, __, out: tracked.append(out.requires_grad))
    try:
        prediction = answer(model, image)
    finally:
        hook.remove()
    if isinstance(prediction, Tensor) and prediction.numel() == 1:
        prediction = prediction.detach().reshape(1)  # shapes [] and [1]: the same mistake
    modes = {module.training for module in model.modules()}
    mode = "mixed" if len(modes) > 1 else "training" if modes.pop() else "evaluation"
    trainable = all(weight.requires_grad for weight in model.parameters())
    return {
        "prediction": prediction,
        "gradients tracked": any(tracked),
        "mode afterwards": mode,
        "gradients afterwards": "on" if torch.is_grad_enabled() else "off",
        "weights afterwards": "trainable" if trainable else "frozen",
    }


_TENSOR = replaced(".item()", "")
_TRACKED = replaced("torch.no_grad()", "torch.enable_grad()")
_NO_EVAL = without("model.eval()")
_NOT_PUT_BACK = without("model.train(was_training)")
_TRAINING_AFTERWARDS = replaced("model.train(was_training)", "model.train()")
_IN_TRAINING_MODE = replaced("model.eval()", "model.train()")

PREDICT_ONE = Exercise(
    number="2.1",
    name="predict_one",
    solution='''\
def predict_one(model, image):
    """A model and one picture [C, H, W] -> its class, an int."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(image.unsqueeze(0))  # [1, K]
    model.train(was_training)
    return logits.argmax(dim=1).item()
''',
    cases=_models_and_pictures,
    observe=_observe_prediction,
    mistakes=(
        Mistake(
            "no unsqueeze",
            replaced("image.unsqueeze(0)", "image"),
            "The picture went in as [C, H, W], so its channels were read as the batch. "
            "How many axes does the model expect?",
        ),
        Mistake(
            "unsqueeze at 1",
            replaced("unsqueeze(0)", "unsqueeze(1)"),
            "The new axis stands between C and H: that is a batch of C grey pictures. "
            "Where does the batch axis belong?",
        ),
        Mistake(
            "size of the picture fixed",
            tuple(
                replaced("unsqueeze(0)", f"reshape({shape})")
                for shape in ("1, 1, 28, 28", "-1, 1, 28, 28", "1, 784", "-1, 784")
            ),
            "That fits pictures of one size only. "
            "Which operation adds an axis and leaves all sizes as they are?",
        ),
        Mistake(
            "argmax over the wrong axis",
            replaced("dim=1", "dim=0"),
            "That compares pictures for each class, and gives K numbers. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        Mistake(
            "always class 0",
            replaced("argmax(dim=1)", "argmax(dim=0)[0]"),
            "Along the batch axis there is one entry, so its place is always 0. "
            "Which axis of [B, K] holds the scores of one picture?",
        ),
        Mistake(
            "left in train mode",
            (_NO_EVAL, _NO_EVAL + _TENSOR),
            "A model that came in training mode predicted in training mode. "
            "What do Dropout and BatchNorm do there?",
        ),
        Mistake(
            "switched to training mode",
            (_NOT_PUT_BACK + _IN_TRAINING_MODE, _NOT_PUT_BACK + _IN_TRAINING_MODE + _TRACKED),
            "Your function put the model into training mode to predict. "
            "Which mode is made for predicting, and in which should the caller find the model?",
        ),
        Mistake(
            "returns a tensor",
            _TENSOR,
            "The number is right, but it is still inside a tensor. "
            "How do you take a single number out of one?",
        ),
        Mistake(
            "returns a list",
            replaced("item()", "tolist()"),
            "The number is right, but it is still inside a list. "
            "How do you take a single number out of one?",
        ),
        Mistake(
            "returns the score",
            (
                replaced("argmax(dim=1)", "max()"),
                replaced("logits.argmax(dim=1).item()", "int(logits.max())"),
                replaced("argmax(dim=1).item()", "max()"),
                replaced("argmax(dim=1)", "softmax(dim=1).max()"),
            ),
            "That says how high the best class scored. Which class was it?",
        ),
        Mistake(
            "returns all scores",
            replaced("logits.argmax(dim=1).item()", "logits"),
            "Those are the scores of all classes. How do you find the class with the largest one?",
        ),
        Mistake(
            "tracks gradients",
            _TRACKED,
            "The prediction is right, but PyTorch recorded steps for gradients that nobody "
            "will use. How do you tell it not to?",
        ),
        Mistake(
            "gradients left switched off",
            replaced("    model.eval()", "    model.eval()\n    torch.set_grad_enabled(False)"),
            "After your function, gradients stay switched off in the whole program. "
            "Which form of that switch ends by itself?",
        ),
        Mistake(
            "weights frozen",
            replaced("model.eval()", "model.eval().requires_grad_(False)"),
            "Your function froze the model's weights: training it would change nothing now. "
            "Which switch stops the recording for gradients and leaves the model alone?",
        ),
        Mistake(
            "mode left changed",
            (_NOT_PUT_BACK, _NOT_PUT_BACK + _TENSOR),
            "The model came in training mode and is left in evaluation mode. "
            "What will the caller's next training step do?",
        ),
        Mistake(
            "mode put back outside only",
            replaced("model.train(was_training)", "model.training = was_training"),
            "The model says that it is training, but the layers inside it still evaluate. "
            "Which call reaches every layer?",
        ),
        Mistake(
            "training mode afterwards",
            (_TRAINING_AFTERWARDS, _TRAINING_AFTERWARDS + _TENSOR),
            "A model that came in evaluation mode is left in training mode. "
            "How could you know which mode it came in?",
        ),
        Mistake(
            "training mode afterwards and gradients tracked",
            (_TRAINING_AFTERWARDS + _TRACKED, _TRAINING_AFTERWARDS + _TRACKED + _TENSOR),
            "A model that came in evaluation mode is left in training mode, and gradients were "
            "tracked. How could you know which mode it came in, and which switch is missing?",
        ),
        Mistake(
            "both switches forgotten",
            (_NO_EVAL + _TRACKED, _NO_EVAL + _TRACKED + _TENSOR),
            "The model ran in whatever mode it came in, and gradients were tracked. "
            "Which two switches belong before a prediction?",
        ),
        Mistake(
            "mode changed and gradients tracked",
            (_NOT_PUT_BACK + _TRACKED, _NOT_PUT_BACK + _TRACKED + _TENSOR),
            "The model stays in evaluation mode afterwards, and gradients were tracked. "
            "What should the caller find as it was, and which switch is missing?",
        ),
    ),
)

# 2.2


def _lists_of_images(generator: Generator) -> Iterator[tuple[list[Tensor]]]:
    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def digits(*shape: int) -> Tensor:  # they read well in a message
        return torch.randint(10, shape, generator=generator).float()

    yield ([digits(1, 2, 3), digits(1, 2, 3)],)
    yield ([draw(3, 5, 4) for _ in range(7)],)
    yield ([draw(1, 28, 28)],)
    yield ([torch.randint(256, (3, 4, 6), generator=generator).to(torch.uint8) for _ in range(4)],)
    yield ([draw(6, 5, 2).permute(2, 1, 0) for _ in range(3)],)
    yield ([digits(1, 1, 2), digits(1, 3, 2)],)
    yield ([digits(1, 2, 3), digits(1, 3, 2)],)  # as many pixels, in another shape
    yield ([draw(2, 9, 8), draw(2, 9, 8), draw(2, 9, 7)],)
    yield ([draw(1, 28, 20), draw(3, 28, 20)],)
    yield ([digits(1, 2, 2), digits(1, 4, 2), digits(1, 2, 2)],)  # the misfit in the middle
    yield ([draw(2, 5, 4), draw(2, 5, 4), draw(2, 6, 4), draw(2, 5, 4)],)


def _count_named(shapes: set[tuple[int, ...]], message: str) -> str:
    """How many of the shapes stand in a message, in whatever brackets."""
    numbers = ",".join(re.findall(r"\d+", message))
    count = sum(f",{','.join(map(str, shape))}," in f",{numbers}," for shape in shapes)
    return "both shapes" if count == len(shapes) else "one shape" if count else "no shape"


def _observe_stack(answer: Any, images: list[Tensor]) -> Any:
    """The batch; for unequal sizes how they were refused, or how many rows came instead.

    However the pictures were made to fit (resized, cut, padded), it is the same mistake.
    """
    shapes = {tuple(image.shape) for image in images}
    if len(shapes) == 1:
        return answer(images)
    try:
        came = answer(images)
    except ValueError as error:
        return f"ValueError that names {_count_named(shapes, str(error))}"
    except (RuntimeError, AssertionError) as error:
        return "RuntimeError" if isinstance(error, RuntimeError) else "AssertionError"
    except Exception as error:
        if type(error) is not Exception:
            raise  # a slip in the answer, to be shown with its line
        return "Exception"
    rows = f"{len(came)} rows" if isinstance(came, Tensor) and came.dim() else "no batch"
    return f"no error, and {rows}"


def _silent_resize(images: list[Tensor]) -> Tensor:
    size = images[0].shape[1:]
    fitting = [
        image if image.shape[1:] == size else F.interpolate(image.unsqueeze(0), size).squeeze(0)
        for image in images
    ]
    return torch.stack(fitting)


STACK_IMAGES = Exercise(
    number="2.2",
    name="stack_images",
    solution='''\
def stack_images(images):
    """A list of B pictures [C, H, W] -> one batch [B, C, H, W]."""
    for image in images:
        if image.shape != images[0].shape:
            raise ValueError(f"expected shape {images[0].shape}, got {image.shape}")
    return torch.stack(images)
''',
    cases=_lists_of_images,
    observe=_observe_stack,
    mistakes=(
        Mistake(
            "cat",
            (torch.cat, replaced("torch.stack", "torch.cat")),
            "The pictures were laid end to end along the channels, and no axis was added. "
            "Which operation makes a new axis?",
        ),
        Mistake(
            "torch.tensor of tensors",
            (torch.tensor, replaced("torch.stack", "torch.tensor")),
            "`torch.tensor` wants plain numbers, and got a list of whole tensors. "
            "Which operation lays tensors of one shape along a new axis?",
        ),
        Mistake(
            "silent resize",
            _silent_resize,
            "Pictures of another size were made to fit, and nobody was told. "
            "What would your caller rather know before training on them?",
        ),
        Mistake(
            "pictures dropped",
            lambda images: torch.stack([i for i in images if i.shape == images[0].shape]),
            "Pictures of another size were left out, and nobody was told. "
            "Which labels would the remaining rows belong to?",
        ),
        Mistake(
            "not raised",
            replaced("raise ValueError", "return ValueError"),
            "Unequal sizes were noticed, but not raised: the caller goes on without a batch. "
            "Which statement stops a program with a message?",
        ),
        Mistake(
            "RuntimeError, not ValueError",
            torch.stack,
            "Unequal sizes end in a RuntimeError, as `torch.stack` raises it, where the task asks "
            "for a ValueError. Which comparison of yours could come first?",
        ),
        Mistake(
            "assert, not raise",
            replaced("ValueError", "AssertionError"),
            "`assert` raises an AssertionError, where the task asks for a ValueError. "
            "Which statement raises the exception that you name?",
        ),
        Mistake(
            "Exception, not ValueError",
            replaced("ValueError", "Exception"),
            "The refusal is an Exception of no particular kind. "
            "Which kind does the task ask for, so that a caller can tell it from others?",
        ),
        Mistake(
            "no shape in the message",
            replaced('(f"', '("'),
            "The refusal is right, but its message does not say which two shapes clashed. "
            "What would you want to read there?",
        ),
        Mistake(
            "one shape in the message",
            replaced("expected shape {images[0].shape}, got", "a picture has the shape"),
            "The refusal is right, but its message holds one of the two shapes. "
            "Which other one did it clash with?",
        ),
        Mistake(
            "only the first two compared",
            (
                replaced("in images:", "in images[:2]:"),
                replaced("in images:", "in (images[0], images[1]):"),
                # The `return` inside the loop, which begins at the second picture.
                replaced("in images:", "in images[1:]:") + replaced("    return", "        return"),
            ),
            "You look at the first two pictures and at no other. "
            "Which pictures can have another size, and what if there is only one?",
        ),
        Mistake(
            "last picture not compared",
            replaced("in images:", "in images[:-1]:"),
            "The last picture of the list is compared with none. How far does your loop run?",
        ),
        Mistake(
            "only pixels counted",
            replaced("image.shape != images[0].shape", "image.numel() != images[0].numel()"),
            "Two shapes can hold the same number of values, [1, 2, 3] and [1, 3, 2] for example. "
            "What should be compared instead?",
        ),
        Mistake(
            "channels not compared",
            replaced("image.shape != images[0].shape", "image.shape[1:] != images[0].shape[1:]"),
            "Height and width are compared. What about a grey and a colour picture of one size?",
        ),
        Mistake(
            "only one axis compared",
            tuple(
                replaced(
                    "image.shape != images[0].shape", f"image.shape[{i}] != images[0].shape[{i}]"
                )
                for i in range(3)
            ),
            "One of the three axes is compared, and pictures can differ in the others too. "
            "What holds all three sizes?",
        ),
        Mistake(
            "batch axis not in front",
            tuple(replaced("stack(images)", f"stack(images, dim={dim})") for dim in (1, 2, 3)),
            "The new axis does not stand in front: the result is not [B, C, H, W]. "
            "Where does the batch axis belong?",
        ),
        Mistake(
            "list returned",
            replaced("torch.stack", "list"),
            "The pictures are still in a list. What makes one tensor of them?",
        ),
        Mistake(
            "NumPy array",
            replaced("torch.stack", "np.stack"),
            "The pictures are stacked, but in a NumPy array. What turns it into a tensor?",
        ),
        Mistake(
            "dtype changed",
            replaced("stack(images)", "stack(images).float()"),
            "Whole numbers (uint8) came out as floats. Which step changed the dtype?",
        ),
    ),
)

# 2.3

_KINDS = ("works", "no such axis", "number of axes", "sizes")

_CALLS = {
    "a": "nn.Linear(4, 2)(torch.rand(3, 5, 4))",
    "b": "nn.Linear(4, 2)(torch.rand(4, 5))",
    "c": "nn.Conv2d(3, 2, 3)(torch.rand(3, 8, 8))",
    "d": "nn.Conv2d(1, 2, 3)(torch.rand(5, 8, 8))",
    "e": "nn.BatchNorm2d(3)(torch.rand(3, 8, 8))",
    "f": "nn.Sequential(nn.Flatten(), nn.Linear(192, 2))(torch.rand(3, 8, 8))",
    "g": "torch.rand(10).argmax(dim=1)",
    "h": "torch.rand(2, 3).unsqueeze(2)",
}

_OUTCOMES = """\
answers = {
    "a": "works",  # Linear keeps all axes but the last: [3, 5, 2]
    "b": "sizes",  # the last axis is 5, the layer wants 4
    "c": "works",  # one picture [C, H, W]
    "d": "sizes",  # read as one picture with 5 channels, the layer wants 1
    "e": "number of axes",  # BatchNorm2d wants four
    "f": "sizes",  # Flatten hands on [3, 64], Linear wants rows of 192
    "g": "no such axis",  # [10] has axis 0 only
    "h": "works",  # [2, 3, 1]: a new axis at the end
}
"""


class _Said(str):
    """A student's word for one call, which in a message does not give the right one away."""

    right: bool

    def __repr__(self) -> str:
        return "what PyTorch does" if self.right else str.__repr__(self)


def _questions(_: Generator) -> Iterator[tuple[str, str]]:
    yield from _CALLS.items()


def _observe_said(answers: Any, question: str, call: str) -> _Said:
    if not isinstance(answers, dict) or answers.keys() != _CALLS.keys():
        raise TypeError(f"answers: expected a dictionary with the keys {', '.join(_CALLS)}")
    word = answers[question]
    if word not in _KINDS:
        kinds = ", ".join(_KINDS)
        raise ValueError(f"answers[{question!r}]: expected one of {kinds}; got {word!r}")
    said = _Said(word)
    said.right = word == AXIS_ERRORS.reference[question]
    return said


def _with(**said: str) -> Any:
    """The right answers, but for those given."""
    return made(_OUTCOMES) | said


AXIS_ERRORS = Exercise(
    number="2.3",
    name="axis_errors",
    solution=_OUTCOMES,
    stub="\n".join(
        ["answers = {", *(f'    "{key}": ...,  # {call}' for key, call in _CALLS.items()), "}\n"]
    ),
    cases=_questions,
    observe=_observe_said,
    mistakes=(
        Mistake(
            "every layer wants four axes",
            _with(a="number of axes", c="number of axes"),
            "You ask each layer for a batch of pictures. "
            "Which axis does Linear look at, and what did the table say of Conv2d?",
        ),
        Mistake(
            "Linear wants two axes",
            _with(a="number of axes"),
            "Linear works on the last axis and keeps all the others. "
            "How long is the last axis here?",
        ),
        Mistake(
            "Linear looks at the first axis",
            (_with(b="works"), _with(a="sizes"), _with(a="sizes", b="works")),
            "You look for Linear's 4 at the front of the shape. "
            "Which one axis does Linear work on?",
        ),
        Mistake(
            "Conv2d wants a batch",
            (_with(c="number of axes"), _with(c="number of axes", d="number of axes")),
            "Look at the row of Conv2d in the table. What did it make of one picture?",
        ),
        Mistake(
            "channels sought in the wrong axis",
            _with(c="sizes"),
            "Conv2d reads three axes as one picture [C, H, W]. How many channels has it then, and "
            "how many does the layer want?",
        ),
        Mistake(
            "missing channel axis seen as missing batch axis",
            _with(d="number of axes"),
            "Three axes are a number that Conv2d takes. "
            "As what does it then read the 5, and how many did it expect?",
        ),
        Mistake(
            "a stack of grey pictures needs no channel axis",
            _with(d="works"),
            "Conv2d reads three axes as one picture [C, H, W]. How many channels has it then?",
        ),
        Mistake(
            "BatchNorm2d takes one picture",
            _with(e="works"),
            "Look at the row of BatchNorm2d in the table. What did it make of one picture?",
        ),
        Mistake(
            "BatchNorm2d counts channels first",
            _with(e="sizes"),
            "There are 3 channels, as the layer wants them. "
            "What did the table say of BatchNorm2d and one picture?",
        ),
        Mistake(
            "Flatten makes one row",
            _with(f="works"),
            "192 is 3 · 8 · 8, but Flatten keeps axis 0. Which shape reaches Linear?",
        ),
        Mistake(
            "Linear complains about axes",
            (_with(f="number of axes"), _with(b="number of axes")),
            "Linear takes two axes, and more. Write down the shape that reaches it: which "
            "axis must fit, and does it?",
        ),
        Mistake(
            "axes counted from 1",
            _with(g="works"),
            "One axis, and axes are counted from 0. What is the number of the only one?",
        ),
        Mistake(
            "argmax seen as a layer",
            (_with(g="number of axes"), _with(g="sizes")),
            "`argmax` is no layer and takes a tensor of any shape. "
            "What does `dim=1` ask for here, and is it there?",
        ),
        Mistake(
            "no new axis at the end",
            (_with(h="no such axis"), _with(h="number of axes")),
            "A new axis may go before, between and after the old ones. "
            "How many places are there round two axes?",
        ),
    ),
)
