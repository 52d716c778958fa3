using NetSuperd.Commands;

namespace NetSuperd.Top;

/// <summary>A table on the screen: it scrolls, sorts and filters what it has, and one row is chosen.</summary>
internal abstract class RowsView
{
    /// <summary>The name on its tab.</summary>
    public abstract string Name { get; }

    /// <summary>What its order is called; null: it has only one.</summary>
    public abstract string? SortedBy { get; }

    /// <summary>How many rows there are.</summary>
    public abstract int Count { get; }

    /// <summary>What has been typed to choose rows; empty: all are shown.</summary>
    public string Filter { get; protected set; } = "";

    /// <summary>Shows other rows.</summary>
    public abstract void Choose(string filter);

    /// <summary>Takes the next order.</summary>
    public abstract void SortNext();

    /// <summary>Turns the order round.</summary>
    public abstract void Reverse();

    /// <summary>Moves to another row.</summary>
    /// <returns>Whether the key moves.</returns>
    public abstract bool Move(KeyName key);

    /// <summary>The header and the rows for which there is room.</summary>
    public abstract IEnumerable<ShownLine> Lines(int count, LineRoom room);
}

/// <inheritdoc cref="RowsView"/>
/// <typeparam name="T">What a row is of.</typeparam>
internal abstract class RowsView<T> : RowsView
    where T : class
{
    private const string Pointer = "> ";
    private const string NoPointer = "  ";

    private readonly string[] _columns;
    private readonly IReadOnlyList<SortOrder<T>> _orders;
    private readonly int[] _widths;
    private IReadOnlyList<T> _all = [];
    private List<T> _rows = [];
    private int _order;
    private bool _isReversed;
    private int _chosen;
    private int _first;
    private int _page = 1;

    protected RowsView(string[] columns, params IReadOnlyList<SortOrder<T>> orders) =>
        (_columns, _orders, _widths) = (columns, orders, new int[columns.Length]);

    /// <inheritdoc/>
    public override string? SortedBy => _orders.Count < 2 ? null : $"{_orders[_order].Name}{(_isReversed ? ", reversed" : "")}";

    /// <inheritdoc/>
    public override int Count => _rows.Count;

    /// <summary>The row that is chosen; null: there is none.</summary>
    public T? Chosen => _chosen < _rows.Count ? _rows[_chosen] : null;

    /// <summary>Whether the last row is chosen, so that new ones move the view.</summary>
    protected bool IsAtEnd => _chosen >= _rows.Count - 1;

    /// <summary>Takes other rows. The chosen one stays the same, wherever it is now.</summary>
    public void Take(IReadOnlyList<T> rows)
    {
        _all = rows;
        Arrange();
    }

    /// <inheritdoc/>
    public override void Choose(string filter)
    {
        Filter = filter;
        Array.Clear(_widths);
        Arrange();
    }

    /// <inheritdoc/>
    public override void SortNext()
    {
        (_order, _isReversed) = ((_order + 1) % _orders.Count, false);
        Arrange();
        MoveTo(0);
    }

    /// <inheritdoc/>
    public override void Reverse()
    {
        _isReversed = !_isReversed;
        Arrange();
        MoveTo(0);
    }

    /// <inheritdoc/>
    public override bool Move(KeyName key)
    {
        var target = Scroll.To(key, _chosen, _page, _rows.Count - 1);
        if (target is { } row)
        {
            MoveTo(row);
        }

        return target is not null;
    }

    /// <inheritdoc/>
    public override IEnumerable<ShownLine> Lines(int count, LineRoom room)
    {
        _page = Math.Max(1, count - 1);
        _first = Math.Clamp(_first, Math.Max(0, _chosen - _page + 1), Math.Max(0, _chosen));
        _first = Math.Min(_first, Math.Max(0, _rows.Count - _page));
        var table = new TextTable(_columns) { Steady = _widths };
        var shown = _rows.Skip(_first).Take(_page).ToList();
        shown.ForEach(row => table.Add(Cells(row)));
        var lines = table.ToString(room with { Cells = room.Cells - Pointer.Length }).TrimEnd('\n').Split('\n');
        yield return new ShownLine(NoPointer + lines[0], Tone.Reverse);
        if (shown.Count == 0)
        {
            yield return new ShownLine(Filter.Length > 0 ? $"{NoPointer}none that the filter chooses" : $"{NoPointer}none yet");
        }

        for (var i = 0; i < shown.Count; i++)
        {
            yield return _first + i == _chosen
                ? new ShownLine(Pointer + lines[i + 1], Tone.Reverse)
                : new ShownLine(NoPointer + lines[i + 1], ToneOf(shown[i]));
        }
    }

    /// <summary>What a row is known by, from one look to the next.</summary>
    protected abstract object KeyOf(T row);

    /// <summary>Whether a row has what was typed.</summary>
    protected abstract bool Matches(T row);

    /// <summary>The cells of a row.</summary>
    protected abstract string?[] Cells(T row);

    /// <summary>How a row is shown.</summary>
    protected abstract Tone ToneOf(T row);

    private void MoveTo(int row) => _chosen = Math.Clamp(row, 0, Math.Max(0, _rows.Count - 1));

    private void Arrange()
    {
        var known = Chosen is { } chosen ? KeyOf(chosen) : null;
        _rows = [.. _orders[_order].Sort(_all.Where(Matches), _isReversed)];
        var at = known is null ? -1 : _rows.FindIndex(row => KeyOf(row).Equals(known));
        MoveTo(at >= 0 ? at : _chosen);
    }
}
