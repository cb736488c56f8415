"""The exercises of notebook 06: sizes and parameters of networks, and a convolution by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Generator, Tensor, nn

from course_checks.declared import Edit, everywhere, instead, replaced, without
from course_checks.engine import Exercise, Mistake

# 6.1

Settings = tuple[int, int, int, int, int]


def _settings(generator: Generator) -> Iterator[Settings]:
    """(size, kernel_size, stride, padding, dilation), in all of which the window fits."""
    # One setting at a time first, so that the smallest wrong case shows which one went wrong.
    yield from ((5, 3, 1, 0, 1), (7, 3, 2, 0, 1), (6, 3, 2, 0, 1), (5, 3, 1, 1, 1), (7, 3, 1, 0, 2))
    for _ in range(8):
        kernel_size, stride, padding, dilation = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((2, 6), (1, 4), (0, 4), (1, 4))
        )
        reach = dilation * (kernel_size - 1) + 1
        rest = int(torch.randint(0, 30, (1,), generator=generator))
        yield reach + rest, kernel_size, stride, padding, dilation
    # Together they tell the ways of rounding apart; then the usual layers, and a window that fits
    # once or sees a single pixel.
    yield from ((9, 2, 4, 0, 1), (8, 2, 4, 0, 1), (12, 3, 4, 1, 2), (10, 3, 3, 0, 1))
    yield from ((28, 2, 2, 0, 1), (224, 7, 2, 3, 1), (5, 5, 1, 0, 1), (9, 1, 1, 0, 3))


OUTPUT_SIZE = Exercise(
    number="6.1",
    name="output_size",
    solution='''\
def output_size(size, kernel_size, stride, padding, dilation):
    """Number of places of the window along one axis, an int."""
    reach = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - reach) // stride + 1
''',
    cases=_settings,
    forbids=(
        ("conv", "A layer has told you the number. From which numbers does it compute it?"),
        ("pool", "A layer has told you the number. From which numbers does it compute it?"),
    ),
    mistakes=(
        Mistake(
            "padding counted once",
            replaced("2 * padding", "padding"),
            "Padding was added once. On how many sides of the row do the extra zeros stand?",
        ),
        Mistake(
            "padding ignored",
            replaced(" + 2 * padding", ""),
            "The result is that of a row without padding. How long is the row once zeros stand "
            "around it?",
        ),
        Mistake(
            "rounds up",
            replaced(
                "(size + 2 * padding - reach) // stride",
                "math.ceil((size + 2 * padding - reach) / stride)",
            ),
            "A place was counted where the window hangs over the end. What happens to columns "
            "that are left over?",
        ),
        Mistake(
            "rounds to the nearest",
            replaced(
                "(size + 2 * padding - reach) // stride",
                "round((size + 2 * padding - reach) / stride)",
            ),
            "A part of a step was rounded up at times, and then the window hangs over the end. "
            "Which way must it be rounded, however large it is?",
        ),
        Mistake(
            "dilation ignored",
            replaced("dilation * (kernel_size - 1) + 1", "kernel_size"),
            "The result is that of a window without gaps. From its first to its last number, over "
            "how many columns does the window reach?",
        ),
        Mistake(
            "dilation times kernel",
            replaced("dilation * (kernel_size - 1) + 1", "dilation * kernel_size"),
            "You made the window `dilation * kernel_size` wide. How many gaps lie between "
            "`kernel_size` numbers?",
        ),
        Mistake(
            "first place forgotten",
            replaced("stride + 1", "stride"),
            "One too few: that is the number of steps. How many places does a window visit that "
            "makes no step at all?",
        ),
        Mistake(
            "one added before the division",
            replaced("reach) // stride + 1", "reach + 1) // stride"),
            "Right for stride 1. With larger steps, is the first place itself one of the things "
            "that are divided by the stride?",
        ),
        Mistake(
            "window one short",
            replaced("(kernel_size - 1) + 1", "(kernel_size - 1)"),
            "The window was taken to be one column shorter than it is. Over how many columns does "
            "a window of 3 reach that has no gaps?",
        ),
        Mistake(
            "dilation counted once",
            replaced("dilation * (kernel_size - 1) + 1", "kernel_size + dilation - 1"),
            "The dilation has made the window wider by one gap only. How many gaps lie between "
            "`kernel_size` numbers?",
        ),
        Mistake(
            "odd kernels only",
            replaced("dilation * (kernel_size - 1) + 1", "2 * (kernel_size // 2 * dilation) + 1"),
            "Right for odd kernels. Over how many columns does a window of 2 reach?",
        ),
        Mistake(
            "last place that just fits",
            replaced(
                "(size + 2 * padding - reach) // stride + 1",
                "math.ceil((size + 2 * padding - reach) / stride)",
            ),
            "One too few where the last window ends exactly with the row. May it stand there?",
        ),
        Mistake(
            "transposed convolution",
            instead("return (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1"),
            "The size has grown. Does a window that has to stay inside have more places than the "
            "row has columns, and does padding take places away?",
        ),
        Mistake(
            "stride ignored",
            replaced(" // stride", ""),
            "You counted the places of a window that moves by one. How many of them are visited "
            "with this stride?",
        ),
        Mistake(
            "not rounded",
            replaced("//", "/"),
            "`/` gives a float, at times with a fraction. What is a part of a step worth here?",
        ),
        Mistake(
            "still a float",
            replaced("return (", "return float((") + replaced("stride + 1", "stride + 1)"),
            "The value is right, but it is a float: no layer takes 13.0 features. Which division "
            "gives a whole number?",
        ),
    ),
)

# 6.2

Layer = tuple[str | int, ...]
Layers = list[Layer]

_COURSE_CNN: Layers = [
    ("conv", 1, 32, 3),
    ("relu",),
    ("pool", 2),
    ("conv", 32, 64, 3),
    ("relu",),
    ("pool", 2),
    ("flatten",),
    ("linear", 1600, 64),
    ("relu",),
    ("linear", 64, 10),
]


def _layer_lists(generator: Generator) -> Iterator[tuple[Layers]]:
    # Never as many channels out as in, so that the two cannot stand in for each other.
    yield ([("linear", 3, 2)],)
    yield ([("conv", 1, 2, 3)],)
    yield ([("conv", 2, 4, 3)],)
    yield ([("relu",)],)
    yield ([],)
    yield ([("flatten",), ("linear", 784, 128), ("relu",), ("linear", 128, 10)],)
    yield (_COURSE_CNN,)
    yield ([("conv", 2, 4, 3), ("relu",), ("linear", 3, 2), ("linear", 3, 2)],)  # two alike
    for _ in range(4):
        channels, filters, kernel_size, features = (
            int(torch.randint(low, high, (1,), generator=generator))
            for low, high in ((2, 6), (7, 20), (2, 6), (21, 40))
        )
        conv: Layer = ("conv", channels, filters, kernel_size)
        yield ([conv, ("relu",), ("pool", 2), ("linear", features, 3)],)


def _in_conv(number: str) -> Edit:
    """Another number of parameters for a convolution."""
    return replaced("filters * channels * size * size + filters", number)


def _in_linear(number: str) -> Edit:
    """Another number of parameters for a linear layer."""
    return replaced("features * outputs + outputs", number)


_CONV_WEIGHTS = _in_conv("filters * channels * size * size")
_LINEAR_WEIGHTS = _in_linear("features * outputs")

COUNT_PARAMETERS = Exercise(
    number="6.2",
    name="count_parameters",
    solution='''\
def count_parameters(layers):
    """A list of tuples such as ("conv", 1, 2, 3) -> number of parameters, an int."""
    total = 0
    for layer in layers:
        if layer[0] == "conv":
            _, channels, filters, size = layer
            total += filters * channels * size * size + filters
        elif layer[0] == "linear":
            _, features, outputs = layer
            total += features * outputs + outputs
    return total
''',
    cases=_layer_lists,
    mistakes=(
        Mistake(
            "no biases",
            _CONV_WEIGHTS + _LINEAR_WEIGHTS,
            "The weights are all there. What else does a layer add to each of its outputs?",
        ),
        Mistake(
            "no biases in convolutions",
            _CONV_WEIGHTS,
            "Linear layers are right; the convolutions are short by one number for each filter. "
            "Which one?",
        ),
        Mistake(
            "no biases in linear layers",
            _LINEAR_WEIGHTS,
            "Convolutions are right; a linear layer is short by one number for each output. Which "
            "one?",
        ),
        Mistake(
            "kernel once for all channels",
            _in_conv("filters * size * size + filters"),
            "Each filter got one kernel, whatever the number of channels that come in. What did "
            "the weight's shape in this notebook say?",
        ),
        Mistake(
            "kernel once for all filters",
            _in_conv("channels * size * size + filters"),
            "All filters share one set of weights in your count. Could they then find different "
            "things?",
        ),
        Mistake(
            "kernel not squared",
            _in_conv("filters * channels * size + filters"),
            "A kernel of size 3 was counted as 3 numbers. How many directions does it have?",
        ),
        Mistake(
            "one bias per layer",
            (
                _in_conv("filters * channels * size * size + 1")
                + _in_linear("features * outputs + 1"),
                _in_conv("filters * channels * size * size + 1"),
                _in_linear("features * outputs + 1"),
            ),
            "A layer with several outputs got a single bias. How many numbers does it produce at "
            "one place, and do they share theirs?",
        ),
        Mistake(
            "one bias per input",
            (
                _in_conv("filters * channels * size * size + channels")
                + _in_linear("features * outputs + features"),
                _in_conv("filters * channels * size * size + channels"),
                _in_linear("features * outputs + features"),
            ),
            "Biases were counted by what comes in. Are they added to the inputs or to the outputs?",
        ),
        Mistake(
            "one bias per kernel",
            _in_conv("filters * channels * (size * size + 1)"),
            "Each kernel got a bias of its own. A filter adds up its channels first: how many "
            "biases does one sum need?",
        ),
        Mistake(
            "channels squared",
            _in_conv("filters * (channels * size) ** 2 + filters"),
            "The number of channels came in twice, like the kernel's size. Which of the two has "
            "two directions?",
        ),
        Mistake(
            "last layer of each kind",
            replaced("in layers:", "in {layer[0]: layer for layer in layers}.values():"),
            "Of several layers of one kind only the last was counted. Where do the others go?",
        ),
        Mistake(
            "equal layers once",
            replaced("in layers:", "in set(layers):"),
            "Two layers with the same numbers were counted once. Do they share their weights?",
        ),
        Mistake(
            "first layer only",
            replaced("    return total", "        return total"),
            "With no layer at all nothing came back, and with several the first one's number. "
            "When does your loop end?",
        ),
        Mistake(
            "ends at a layer without parameters",
            tuple(
                replaced(
                    "in layers:\n", f"in layers:\n        if {condition}:\n            break\n"
                )
                for condition in (
                    'layer[0] not in ("conv", "linear")',
                    'layer[0] in ("pool", "flatten")',
                    'layer[0] == "flatten"',
                )
            ),
            "The layers behind one without parameters are missing. What should happen to your loop "
            "when such a layer comes?",
        ),
        Mistake(
            "pooling taken for a layer with weights",
            replaced('elif layer[0] == "linear":', 'elif layer[0] not in ("relu", "flatten"):')
            + replaced("_, features, outputs = layer", "features, outputs = layer[1], layer[-1]"),
            "Pooling has been given weights. What does it learn?",
        ),
        Mistake(
            "bytes",
            replaced("return total", "return 4 * total"),
            "Four times too many: those are the bytes in float32. What is asked for?",
        ),
        Mistake(
            "convolutions only",
            _in_linear("0"),
            "The linear layers are missing. Where do most parameters of a CNN stand?",
        ),
        Mistake(
            "linear layers only",
            _in_conv("0"),
            "The convolutions are missing. Which numbers of theirs are learnt?",
        ),
        Mistake(
            "last layer with weights only",
            everywhere("total +=", "total ="),
            "That is what the last such layer holds. What happens to your count when the next "
            "layer comes?",
        ),
        Mistake(
            "a list of counts",
            replaced("    total = 0\n", "    counts = []\n")
            + replaced("in layers:\n", "in layers:\n        total = 0\n")
            + replaced("    return total", "        counts.append(total)\n    return counts"),
            "Each layer's count is right. Which one number is asked for?",
        ),
    ),
)

# 6.3


def _convolutions(generator: Generator) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """(image [C, H, W], weight [D, C, h, w], bias [D]): kernels that look different when turned."""
    yield (
        torch.tensor([[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]]]),
        torch.tensor([[[[1.0, 2.0], [0.0, -1.0]]]]),
        torch.tensor([0.5]),
    )
    yield (
        torch.tensor([[[1.0, 2.0, 3.0]], [[10.0, 20.0, 40.0]]]),
        torch.tensor([[[[1.0, -1.0]], [[2.0, 1.0]]]]),
        torch.tensor([0.5]),
    )
    for channels, height, width, filters, rows, columns in (
        (1, 5, 5, 2, 3, 3),
        (3, 4, 6, 2, 3, 2),
        (2, 6, 5, 4, 2, 3),
        (3, 3, 4, 5, 1, 1),
        (2, 3, 2, 3, 3, 2),
    ):
        yield (
            torch.randn(channels, height, width, generator=generator),
            torch.randn(filters, channels, rows, columns, generator=generator),
            torch.randn(filters, generator=generator),
        )
    # Not in reading order in memory, as a picture is after `permute`.
    turned = torch.randn(5, 4, 3, generator=generator).permute(2, 0, 1)
    yield (
        turned,
        torch.randn(2, 3, 2, 2, generator=generator),
        torch.randn(2, generator=generator),
    )


def _one_sum(number: str) -> Edit:
    """Another number for one place of one map."""
    return replaced("(window * weight[d]).sum() + bias[d]", number)


CONVOLVE = Exercise(
    number="6.3",
    name="convolve",
    solution='''\
def convolve(image, weight, bias):
    """image [C, H, W], weight [D, C, h, w], bias [D] -> [D, H - h + 1, W - w + 1]."""
    filters, _, h, w = weight.shape
    rows, columns = image.shape[1] - h + 1, image.shape[2] - w + 1
    maps = torch.zeros(filters, rows, columns)
    for d in range(filters):
        for row in range(rows):
            for column in range(columns):
                window = image[:, row : row + h, column : column + w]
                maps[d, row, column] = (window * weight[d]).sum() + bias[d]
    return maps
''',
    cases=_convolutions,
    forbids=(("conv", "PyTorch has done it for you. What does it compute in one place?"),),
    mistakes=(
        Mistake(
            "kernel flipped",
            replaced("weight[d]", "weight[d].flip(1, 2)"),
            "Your kernel is turned by half a circle, as in mathematics books. Which number of it "
            "meets the window's top left pixel in PyTorch?",
        ),
        Mistake(
            "kernel mirrored along one axis",
            (
                replaced("weight[d]", "weight[d].flip(1)"),
                replaced("weight[d]", "weight[d].flip(2)"),
            ),
            "Your kernel is mirrored along one of its axes. Which number of it meets the window's "
            "top left pixel?",
        ),
        Mistake(
            "no bias",
            replaced(" + bias[d]", ""),
            "The sums are right. Which argument has no say in them?",
        ),
        Mistake(
            "first filter for all maps",
            replaced("weight[d]", "weight[0]"),
            "Every map has the weights of the first filter. Which filter belongs to map number d?",
        ),
        Mistake(
            "last places left at 0",
            (
                replaced("in range(rows)", "in range(rows - 1)")
                + replaced("in range(columns)", "in range(columns - 1)"),
                replaced("in range(rows)", "in range(rows - 1)"),
                replaced("in range(columns)", "in range(columns - 1)"),
            ),
            "The shape is right, but places at the end of a row or column are still 0. How far do "
            "your loops run?",
        ),
        Mistake(
            "places left out",
            replaced("in range(rows)", "in range(0, rows, h)")
            + replaced("in range(columns)", "in range(0, columns, w)"),
            "Between the windows places are still 0. By how much does the window move with stride "
            "1?",
        ),
        Mistake(
            "negative sums cut off",
            replaced("return maps", "return maps.relu()"),
            "Negative sums came out as 0, as after a ReLU. Is it a part of the convolution?",
        ),
        Mistake(
            "bias once per channel",
            replaced("bias[d]", "len(image) * bias[d]"),
            "The bias came in once for each channel. How often should it be added to one sum?",
        ),
        Mistake(
            "first bias for all",
            replaced("bias[d]", "bias[0]"),
            "Every filter got the bias of the first. Which one belongs to filter number d?",
        ),
        Mistake(
            "first channel only",
            _one_sum("(window[0] * weight[d][0]).sum() + bias[d]"),
            "Only channel 0 came into the sum. Through how many channels does the window reach?",
        ),
        Mistake(
            "last channel only",
            _one_sum("(window[-1] * weight[d][-1]).sum() + bias[d]"),
            "Only the last channel came into the sum. Does each channel overwrite the one before?",
        ),
        Mistake(
            "first kernel for all channels",
            replaced("weight[d]", "weight[d][:1]"),
            "Every channel met the kernel of channel 0. Which kernel belongs to channel c?",
        ),
        Mistake(
            "channels averaged",
            _one_sum("(window * weight[d]).sum() / len(image) + bias[d]"),
            "The channels were averaged. What does a convolution do with the products of its "
            "channels?",
        ),
        Mistake(
            "window averaged",
            _one_sum("(window * weight[d]).mean() + bias[d]"),
            "You took the mean over the window. What did the example do with its four products?",
        ),
        Mistake(
            "last place forgotten",
            replaced("return maps", "return maps[:, :-1, :-1]"),
            "The last row and the last column of places are missing. In how many places does a "
            "window of 2 fit into a row of 3?",
        ),
        Mistake(
            "zeros around",
            replaced(
                "    rows, columns",
                "    image = F.pad(image, (w // 2, w // 2, h // 2, h // 2))\n    rows, columns",
            ),
            "You put zeros around the picture. Which places may the window take if it has to stay "
            "inside?",
        ),
        Mistake(
            "filters added up",
            replaced("return maps", "return maps.sum(dim=0, keepdim=True)"),
            "The filters were added up too. Which axis of `weight` should still be there in the "
            "result?",
        ),
        Mistake(
            "filter axis lost",
            replaced("return maps", "return maps[0]"),
            "That is the map of the first filter. How many filters does `weight` hold?",
        ),
        Mistake(
            "rows and columns swapped",
            replaced("return maps", "return maps.transpose(1, 2)"),
            "Each map lies on its side. Which loop runs along the height?",
        ),
        Mistake(
            "batch axis left",
            replaced("return maps", "return maps.unsqueeze(0)"),
            "The numbers are right, in a batch of one. How many axes are asked for?",
        ),
    ),
)

# 6.4

Shape = tuple[int, int, int]


class _Network:
    """A network as it is described to the student, and a way to build it afresh."""

    def __init__(self, *layers: partial[Any]) -> None:
        self.layers = layers

    def __repr__(self) -> str:
        return ", ".join(_words(layer) for layer in self.layers)

    def build(self) -> nn.Sequential:
        return nn.Sequential(*(layer() for layer in self.layers))


def _words(layer: partial[Any]) -> str:
    settings = [
        *map(str, layer.args),
        *(f"{name}={value}" for name, value in layer.keywords.items()),
    ]
    return f"{layer.func.__name__}({', '.join(settings)})"


_relu = partial(nn.ReLU)
_conv = partial(partial, nn.Conv2d)
_pool = partial(partial, nn.MaxPool2d)
_norm = partial(partial, nn.BatchNorm2d)


def _networks(_: Generator) -> Iterator[tuple[_Network, Shape, str]]:
    """(network, the shape [C, H, W] of a picture, mode), mostly with H and W different."""
    yield _Network(_conv(1, 2, 3)), (1, 4, 5), "train"
    yield _Network(_conv(1, 3, 2), _pool(2)), (1, 7, 5), "eval"
    yield _Network(_conv(3, 4, 3, stride=2, padding=1), _relu), (3, 8, 6), "train"
    yield _Network(_conv(1, 2, 3), _norm(2), _relu, _pool(2)), (1, 9, 12), "train"
    yield _Network(_conv(1, 3, 3), _norm(3), _relu), (1, 5, 4), "eval"
    yield _Network(_conv(2, 5, 3, dilation=2), _conv(5, 3, (1, 3))), (2, 9, 11), "train"
    yield _Network(_conv(1, 4, 3), _pool(3, 2), _norm(4), _conv(4, 6, 2)), (1, 12, 10), "eval"
    yield (
        _Network(_conv(1, 32, 3), _relu, _pool(2), _conv(32, 64, 3), _relu, _pool(2)),
        (1, 28, 28),
        "train",
    )
    yield _Network(_conv(3, 2, 4), _pool(2)), (3, 5, 5), "train"  # one pixel of each map is left


def _observe(
    answer: Callable[[nn.Sequential, Shape], object],
    features: _Network,
    image_shape: Shape,
    mode: str,
) -> dict[str, object]:
    """What the answer says, and what state it leaves the network in."""
    network = features.build().train(mode == "train")
    state = {name: value.clone() for name, value in network.state_dict().items()}
    said = answer(network, image_shape)
    after = network.state_dict()
    same = state.keys() == after.keys() and all(
        value.device == after[name].device and torch.equal(value, after[name])
        for name, value in state.items()
    )
    moved = any(
        one.device != other.device
        for one, other in zip(state.values(), after.values(), strict=False)
    )
    modes = {"train" if module.training else "eval" for module in network.modules()}
    return {
        "count": said,
        "mode afterwards": modes.pop() if len(modes) == 1 else "mixed",
        "weights and statistics": "as before" if same else "moved" if moved else "changed",
    }


def _returning(number: str) -> Edit:
    return replaced("output.numel()", number)


FLAT_FEATURES = Exercise(
    number="6.4",
    name="flat_features",
    solution='''\
def flat_features(features, image_shape):
    """A network of convolutions and (C, H, W) -> numbers that leave it for one picture, an int."""
    mode = features.training
    features.eval()
    with torch.no_grad():
        output = features(torch.zeros(1, *image_shape))
    features.train(mode)
    return output.numel()
''',
    cases=_networks,
    observe=_observe,
    mistakes=(
        Mistake(
            "channels forgotten",
            _returning("output[0, 0].numel()"),
            "That is height times width of one map. How many maps does the last convolution make?",
        ),
        Mistake(
            "channels only",
            _returning("output.shape[1]"),
            "That is the number of maps. How many numbers are there in each of them?",
        ),
        Mistake(
            "channels of the picture",
            _returning("image_shape[0] * output[0, 0].numel()"),
            "The maps have the right size, but you counted the picture's channels. How many come "
            "out at the end?",
        ),
        Mistake(
            "pixels of the picture",
            _returning("math.prod(image_shape)"),
            "That counts the numbers that go in. What is left of them after the layers?",
        ),
        Mistake(
            "height squared",
            _returning("output.shape[1] * output.shape[2] ** 2"),
            "You took height times height. Is the picture a square?",
        ),
        Mistake(
            "width squared",
            _returning("output.shape[1] * output.shape[3] ** 2"),
            "You took width times width. Is the picture a square?",
        ),
        Mistake(
            "shape instead of count",
            _returning("tuple(output.shape[1:])"),
            "That is the shape of one picture's features. Which one number does a linear layer "
            "want?",
        ),
        Mistake(
            "several pictures counted",
            tuple(replaced("zeros(1,", f"zeros({n},") for n in (2, 4, 8, 10, 16, 32, 64)),
            "You counted the features of several pictures together. Does a linear layer know the "
            "batch size?",
        ),
        Mistake(
            "always 28 × 28",
            (
                replaced("*image_shape", "1, 28, 28"),
                replaced("*image_shape", "image_shape[0], 28, 28"),
            ),
            "The number is that of pictures of 28 × 28. Which argument says how large they are?",
        ),
        Mistake(
            "height and width exchanged",
            replaced("*image_shape", "image_shape[0], image_shape[2], image_shape[1]"),
            "The number is that of a picture that lies on its side. In which order does "
            "`image_shape` give height and width?",
        ),
        Mistake(
            "first layer only",
            replaced("features(torch", "features[0](torch"),
            "That is what leaves the first layer. What comes after it?",
        ),
        Mistake(
            "mode not looked at",
            instead("return features(torch.zeros(1, *image_shape)).numel()"),
            "The count is right, but in train mode your trial picture has left its trace in "
            "BatchNorm. In which mode does it keep nothing of a picture?",
        ),
        Mistake(
            "statistics changed",
            replaced("eval()", "train()"),
            "The count is right, but your trial picture has left its trace in BatchNorm. In which "
            "mode does it keep nothing of a picture?",
        ),
        Mistake(
            "layers left in another mode",
            instead(
                "with torch.no_grad():",
                "    return nn.Sequential(*features).eval()(torch.zeros(1, *image_shape)).numel()",
            ),
            "The count is right, but some modules of the network are in train mode now and some in "
            "eval mode. Whose layers did you switch, and what switches them back?",
        ),
        Mistake(
            "moved to another device",
            replaced("    features.eval()", '    features.eval().to("meta")')
            + replaced("*image_shape", '*image_shape, device="meta"'),
            "The count is right, but the network's own tensors are on another device now, and on "
            "`meta` they hold no numbers. What could you have sent there in its place?",
        ),
        Mistake(
            "left in eval mode",
            without("features.train(mode)"),
            "The count is right, but the network is in eval mode now, whatever it was in before. "
            "What would remember the mode?",
        ),
        Mistake(
            "left in train mode",
            replaced("train(mode)", "train()"),
            "The count is right, but the network is in train mode now, whatever it was in before. "
            "What would remember the mode?",
        ),
    ),
)
