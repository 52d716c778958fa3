using System.Text;
using System.Text.RegularExpressions;

namespace NetSuperd.FunctionalTests.Harness;

/// <summary>
/// What a terminal would show: the few sequences that the program may send, and no others. Anything else fails the test.
/// </summary>
internal sealed partial class ScreenModel(int rows, int columns)
{
    private readonly char[][] _cells = [.. Enumerable.Range(0, rows).Select(_ => Blank(columns))];
    private readonly StringBuilder _waiting = new();
    private int _row;
    private int _column;

    /// <summary>Whether the alternate screen is shown, and the cursor is hidden.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>The colours that were sent so far.</summary>
    public HashSet<string> Renditions { get; } = [];

    /// <summary>How many bytes were sent so far.</summary>
    public int Received { get; private set; }

    /// <summary>The lines, without blanks at their ends.</summary>
    public string Text => string.Join('\n', _cells.Select(line => new string(line).TrimEnd()));

    /// <summary>Takes what the program has sent.</summary>
    public void Take(string text)
    {
        Received += Encoding.UTF8.GetByteCount(text);
        _waiting.Append(text);
        while (_waiting.Length > 0)
        {
            var rest = _waiting.ToString();
            if (rest[0] != '\u001b')
            {
                Put(rest[0]);
                _waiting.Remove(0, 1);
            }
            else if (Sequence().Match(rest) is { Success: true } match)
            {
                Obey(match.Groups[1].Value, match.Groups[2].Value[0]);
                _waiting.Remove(0, match.Length);
            }
            else
            {
                Assert.True(rest.Length < 20, $"no sequence of a terminal: {rest[1..20]}");
                return;
            }
        }
    }

    private static char[] Blank(int columns) => [.. Enumerable.Repeat(' ', columns)];

    private void Put(char letter)
    {
        switch (letter)
        {
            case '\r':
                _column = 0;
                break;
            case '\n':
                _row = Math.Min(_row + 1, rows - 1);
                break;
            default:
                Assert.InRange(letter, ' ', '\uFFFF');
                if (_column == columns && !IsTaken)
                {
                    (_row, _column) = (Math.Min(_row + 1, rows - 1), 0);
                }

                Assert.True(_column < columns, $"line {_row + 1} is longer than {columns} columns:\n{Text}");
                _cells[_row][_column++] = letter;
                break;
        }
    }

    private void Obey(string parameters, char final)
    {
        switch (final, parameters)
        {
            case ('H', _):
                var place = parameters.Split(';').Select(int.Parse).ToList();
                (_row, _column) = (Math.Min(place[0], rows) - 1, place[1] - 1);
                break;
            case ('J', "2"):
                Array.ForEach(_cells, line => Array.Fill(line, ' '));
                break;
            case ('K', ""):
                Array.Fill(_cells[_row], ' ', _column, columns - _column);
                break;
            case ('m', _):
                Renditions.Add(parameters);
                break;
            case ('h', "?1049"):
                IsTaken = true;
                break;
            case ('l', "?1049"):
                IsTaken = false;
                break;
            case ('h' or 'l', "?25"):
                break;
            default:
                Assert.Fail($"a sequence that is not expected: {parameters}{final}");
                break;
        }
    }

    [GeneratedRegex(@"\A\u001b\[([?0-9;]*)([A-Za-z])")]
    private static partial Regex Sequence();
}
