"""Wrong answers to exercise 9.2 as students write them."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn import functional as F

# mypy: disable-error-code="no-untyped-def, union-attr"


def _the_snippet_from_the_web(model, batches, optimizer, group_size):
    steps = 0
    optimizer.zero_grad()
    for i, (images, labels) in enumerate(batches):
        loss = F.cross_entropy(model(images), labels) / group_size
        loss.backward()
        if (i + 1) % group_size == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


def _the_snippet_undivided(model, batches, optimizer, group_size):
    steps = 0
    for i, (images, labels) in enumerate(batches):
        nn.CrossEntropyLoss()(model(images), labels).backward()
        if (i + 1) % group_size == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


def _undivided(model, batches, optimizer, group_size):
    steps = 0
    for i, (images, labels) in enumerate(batches):
        F.cross_entropy(model(images), labels).backward()
        if (i + 1) % group_size == 0 or i + 1 == len(batches):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


def _divided_by_group_size(model, batches, optimizer, group_size):
    steps = 0
    for i, (images, labels) in enumerate(batches):
        (F.cross_entropy(model(images), labels) / group_size).backward()
        if (i + 1) % group_size == 0 or i == len(batches) - 1:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return steps


def _steps_each_time(model, batches, optimizer, group_size):
    steps = 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels) / group_size
        loss.backward()
        optimizer.step()
        steps += 1
    return steps


def _clears_each_time(model, batches, optimizer, group_size):
    steps = 0
    for start in range(0, len(batches), group_size):
        group = batches[start : start + group_size]
        for images, labels in group:
            optimizer.zero_grad()
            (F.cross_entropy(model(images), labels) / len(group)).backward()
        optimizer.step()
        steps += 1
    return steps


def _never_clears(model, batches, optimizer, group_size):
    steps = 0
    for start in range(0, len(batches), group_size):
        group = batches[start : start + group_size]
        total = sum(len(labels) for _, labels in group)
        for images, labels in group:
            (F.cross_entropy(model(images), labels, reduction="sum") / total).backward()
        optimizer.step()
        steps += 1
    return steps


def _returns_nothing(model, batches, optimizer, group_size):
    for start in range(0, len(batches), group_size):
        group = batches[start : start + group_size]
        total = sum(len(labels) for _, labels in group)
        optimizer.zero_grad()
        for images, labels in group:
            (F.cross_entropy(model(images), labels, reduction="sum") / total).backward()
        optimizer.step()


def _mean_of_means(model, batches, optimizer, group_size):
    steps = 0
    while batches:
        group, batches = batches[:group_size], batches[group_size:]
        optimizer.zero_grad()
        losses = [F.cross_entropy(model(images), labels) for images, labels in group]
        (sum(losses) / len(losses)).backward()
        optimizer.step()
        steps += 1
    return steps


def _one_backward_for_the_last(model, batches, optimizer, group_size):
    optimizer.zero_grad()
    for images, labels in batches[:group_size]:
        F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    return 1


WRONG: list[tuple[Any, str | None]] = [
    (_the_snippet_from_the_web, "last incomplete group lost"),
    (_the_snippet_undivided, "not divided, last group lost"),
    (_undivided, "not divided"),
    (_divided_by_group_size, "divided by group_size"),
    (_steps_each_time, "step every micro-batch"),
    (_clears_each_time, "cleared at every batch"),
    (_never_clears, "never cleared"),
    (_returns_nothing, "nothing returned"),
    (_mean_of_means, "mean of batch means"),
    (_one_backward_for_the_last, None),
]
