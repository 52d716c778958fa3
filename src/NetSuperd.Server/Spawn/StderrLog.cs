using System.Text;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>What the children of a service write to standard error, line by line into the log. One pipe serves them all.</summary>
internal sealed class StderrLog(string service, ILogger logger) : IDisposable
{
    /// <summary>A longer line is cut; what follows up to its end is dropped.</summary>
    public const int MostBytesPerLine = 2048;

    private readonly Pipe _pipe = Pipe.Create();
    private readonly byte[] _line = new byte[MostBytesPerLine];
    private int _length;
    private bool _cut;

    /// <summary>The end that children write to.</summary>
    public Descriptor Writer => _pipe.Writer;

    /// <summary>The end that is watched.</summary>
    public Descriptor Reader => _pipe.Reader;

    /// <summary>Reads what is there, a bounded amount: a child that floods the pipe does not keep others waiting.</summary>
    public void Drain()
    {
        Span<byte> chunk = stackalloc byte[4096];
        for (var rounds = 0; rounds < 16; rounds++)
        {
            var count = _pipe.Read(chunk);
            if (count <= 0)
            {
                return;
            }

            foreach (var octet in chunk[..count])
            {
                Take(octet);
            }
        }
    }

    /// <summary>Logs what is left of an unfinished line.</summary>
    public void Flush()
    {
        if (_length > 0)
        {
            logger.ChildStderr(service, Encoding.UTF8.GetString(_line, 0, _length) + (_cut ? "..." : ""));
        }

        _length = 0;
        _cut = false;
    }

    /// <inheritdoc/>
    public void Dispose() => _pipe.Dispose();

    private void Take(byte octet)
    {
        if (octet == (byte)'\n')
        {
            Flush();
        }
        else if (_length < _line.Length)
        {
            _line[_length++] = octet;
        }
        else
        {
            _cut = true;
        }
    }
}
