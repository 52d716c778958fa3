using System.Globalization;
using System.Text;

namespace NetSuperd.Server;

/// <summary>
/// Environment variables in the form that netsuperd-exec reads, and Windows too: texts <c>NAME=value</c> that each end with a zero.
/// </summary>
internal sealed class ChildVariables
{
    private byte[] _bytes = new byte[512];
    private int _length;

    /// <summary>Their number.</summary>
    public int Count { get; private set; }

    /// <summary>The texts.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>The texts without their zeros.</summary>
    public IReadOnlyCollection<string> Texts => Encoding.UTF8.GetString(Bytes).Split('\0')[..Count];

    /// <summary>Adds a variable.</summary>
    /// <param name="name">Its name and <c>=</c>.</param>
    /// <param name="value">Its value.</param>
    public void Add(string name, string value)
    {
        Write(name);
        Write(value);
        End();
    }

    /// <inheritdoc cref="Add(string, string)"/>
    public void Add(string name, long value)
    {
        const int MostDigits = 20;
        Write(name);
        Grow(MostDigits);
        value.TryFormat(_bytes.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
        End();
    }

    /// <summary>Adds a variable.</summary>
    /// <param name="prefix">The first part of its name.</param>
    /// <param name="name">The other part, and <c>=</c>.</param>
    /// <param name="value">Its value.</param>
    public void Add(string prefix, string name, string value)
    {
        Write(prefix);
        Add(name, value);
    }

    /// <inheritdoc cref="Add(string, string, string)"/>
    public void Add(string prefix, string name, long value)
    {
        Write(prefix);
        Add(name, value);
    }

    private void Write(string text)
    {
        Grow(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    private void End()
    {
        Grow(1);
        _bytes[_length++] = 0;
        Count++;
    }

    private void Grow(int more)
    {
        if (_length + more > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_length + more, 2 * _bytes.Length));
        }
    }
}
