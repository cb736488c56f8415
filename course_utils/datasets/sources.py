"""The full data sets: what they are called, where torchvision keeps them, what their files are."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One full data set. The files are those that are read, each with its SHA-256."""

    title: str
    size: str
    folder: str
    train: Mapping[str, str]
    test: Mapping[str, str]
    instead: str

    @property
    def files(self) -> Mapping[str, str]:
        """All files of both splits."""
        return {**self.train, **self.test}


# torchvision compares the archives with a checksum as it downloads them, and never looks at the
# unpacked MNIST files again. Those of Fashion-MNIST are as in the package dataset-fashion-mnist of
# Debian; those of MNIST and CIFAR-10 are the ones that other projects publish.
_FASHION_TRAIN = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
}
_FASHION_TEST = {
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
_MNIST_TRAIN = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
}
_MNIST_TEST = {
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_CIFAR10 = {
    "data_batch_1": "54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
    "data_batch_2": "766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
    "data_batch_3": "0f00d98ebfb30b3ec0ad19f9756dc2630b89003e10525f5e148445e82aa6a1f9",
    "data_batch_4": "3f7bb240661948b8f4d53e36ec720d8306f5668bd0071dcb4e6c947f78e9682b",
    "data_batch_5": "d91802434d8376bbaeeadf58a737e3a1b12ac839077e931237e0dcd43adcb154",
    "test_batch": "f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
    "batches.meta": "f962466ef690d46b226450fb9aadc74ba4bc64a76aa526b5827fe4bc5c7125cb",
}

# The keys are the names of torchvision's classes; the folders and files are where those look.
SOURCES = {
    "FashionMNIST": Source(
        title="Fashion-MNIST",
        size="31 MB",
        folder="FashionMNIST/raw",
        train=_FASHION_TRAIN,
        test=_FASHION_TEST,
        instead="The bundled images need no network: load_fashion_mnist(full=False)",
    ),
    "MNIST": Source(
        title="MNIST",
        size="12 MB",
        folder="MNIST/raw",
        train=_MNIST_TRAIN,
        test=_MNIST_TEST,
        instead="The bundled digits need no network: load_mnist(full=False)",
    ),
    "CIFAR10": Source(
        title="CIFAR-10",
        size="170 MB",
        folder="cifar-10-batches-py",
        # torchvision wants all of them for either split.
        train=_CIFAR10,
        test=_CIFAR10,
        instead="These need no network: the bundled load_fashion_mnist(full=False), and for colour "
        'the photograph matplotlib.cbook.get_sample_data("grace_hopper.jpg")',
    ),
}
