"""The best matching of a single path or cycle."""


def path_matching(weights, closed=False):
    """Returns the best matching of a path, or of a cycle.

    With `B_i` the weight of the best matching among the first `i` edges:

        B_0 = 0,   B_1 = w_1,   B_i = max(B_(i-1), B_(i-2) + w_i)

    and the edges are read off backwards. A cycle has no matching with both
    its first and its last edge: the better of the two paths that lack one
    of them is taken. O(number of edges). On a tie the later edge is left
    out.

    Args:
        weights: `(E,)` weights >= 0 of the edges along the path.
        closed: Whether the last edge ends where the first one starts.

    Returns:
        Increasing list of the positions of the chosen edges.

    Raises:
        ValueError: A weight is negative or NaN.

    Example:
    >>> path_matching([10, 1, 5, 6])  # 10 + 6, not 10 + 5
    [0, 3]
    >>> path_matching([1, 5, 6, 5], closed=True)
    [1, 3]
    """
    weights = list(weights)
    if not all(weight >= 0 for weight in weights):
        raise ValueError(
            f"The path has the weights {weights}; expected numbers >= 0. "
            "Leave edges without weight out."
        )
    if closed and len(weights) > 1:
        without_last = path_matching(weights[:-1])
        without_first = [i + 1 for i in path_matching(weights[1:])]
        return max(
            without_last,
            without_first,
            key=lambda chosen: sum(weights[i] for i in chosen),
        )
    best = [0.0]  # best[i]: the first i edges
    for i, weight in enumerate(weights):
        best.append(max(best[i], weight + (best[i - 1] if i else 0.0)))
    chosen, i = [], len(weights)
    while i > 0:
        if best[i] > best[i - 1]:
            chosen.append(i - 1)
            i -= 2
        else:
            i -= 1
    return chosen[::-1]
