"""Layers by their modules: neighbours of one module as a group, and so on inside."""

from __future__ import annotations

from convcalc.writer.items import NAME, Item, Items, every, within

GROUP = "group"  # the layers of a module, before they are a block or stand in their parent's list


def grouped(items: Items, depth: int) -> Items:
    """Neighbours of one module as a group, and so on inside."""
    found: list[Item] = []
    place = 0
    while place < len(items):
        item, end = items[place], place + 1
        if len(item.module) <= depth:
            found.append(item._replace(paths=tuple((name, opened(grouped(layers, len(item.module)))) for name, layers in item.paths)))
        else:
            while end < len(items) and items[end].module[: depth + 1] == item.module[: depth + 1]:
                end += 1
            inner = grouped(items[place:end], depth + 1)
            whole = len(inner) > 1 or inner[0].paths
            found.append(group(item.module[: depth + 1], inner) if whole else inner[0])
        place = end
    return tuple(found)


def opened(layers: Items) -> Items:
    """The layers of a path, without the module that holds them all."""
    while len(layers) == 1 and layers[0].key == GROUP:
        layers = layers[0].layers
    return layers


def group(module: tuple[str, ...], layers: Items) -> Item:
    first, last = layers[0], layers[-1]
    name = module[-1] if module and NAME.fullmatch(module[-1]) else ""
    return Item(
        GROUP,
        {},
        (),
        (first._replace(sources=()) if len(first.sources) == 1 else first, *layers[1:]),
        name,
        first.sources,
        module,
        last.value,
        first.x,
        last.out,
    )


def replaced(items: Items, instead: dict[int, Items]) -> Items:
    """Lists of layers in which some groups, by their value, give way to other layers."""
    found: list[Item] = []
    for item in items:
        if item.key != GROUP or item.value not in instead or any(one.key == GROUP for one in every(item.layers)):
            found.append(within(item, lambda layers: replaced(layers, instead)))
            continue
        first, *others = instead[item.value]
        found += [first._replace(sources=item.sources or first.sources), *others]
    return tuple(found)


def entered(layers: Items, copy: Item) -> Items:
    """The layers of a block, in which the value that comes in is `input`."""
    entry = copy.sources[0] if copy.sources else -1
    return layers if entry < 0 else replaced_sources(layers, entry)


def replaced_sources(items: Items, entry: int) -> Items:
    return tuple(
        within(item, lambda layers: replaced_sources(layers, entry))._replace(
            sources=tuple(-1 if source == entry else source for source in item.sources)
        )
        for item in items
    )
