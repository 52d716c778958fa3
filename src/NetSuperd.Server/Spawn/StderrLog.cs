using System.Text;
using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>What the children of a service write to standard error, line by line into the log. One pipe serves them all.</summary>
/// <remarks>
/// It is always read, so that no child waits for the log, and lines beyond a rate are counted and left out, so that none fills it.
/// </remarks>
internal sealed class StderrLog : IDisposable
{
    /// <summary>A longer line is cut; what follows up to its end is dropped.</summary>
    public const int MostBytesPerLine = 2048;

    /// <summary>Lines a second that are logged in the long run.</summary>
    public const int LinesPerSecond = 100;

    /// <summary>Lines that are logged at once: what a full pipe can hold.</summary>
    public const int Burst = 4096;

    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(1);

    private readonly string _service;
    private readonly (uint User, uint Group) _owner;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Pipe _pipe = Pipe.Create();
    private readonly byte[] _line = new byte[MostBytesPerLine];
    private int _users;
    private int _length;
    private bool _cut;
    private double _left = Burst;
    private long _asked;
    private long _dropped;
    private long? _said;

    /// <exception cref="LibcException">The pipe could not be made, or given to the service's user.</exception>
    public StderrLog(Service service, ILogger logger, TimeProvider time)
    {
        (_service, _logger, _time, _asked) = (service.Name, logger, time, time.GetTimestamp());
        _owner = OwnerOf(service);
        if (_owner.User != ProcessIdentity.EffectiveUserId)
        {
            _pipe.GiveTo(_owner.User, _owner.Group);
        }
    }

    /// <summary>The end that children write to.</summary>
    public Descriptor Writer => _pipe.Writer;

    /// <summary>The end that is watched.</summary>
    public Descriptor Reader => _pipe.Reader;

    /// <summary>Whether it does as well for the service as another map has it.</summary>
    public bool Fits(Service service) => service.Name == _service && _owner == OwnerOf(service);

    /// <summary>Another map has it.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>
    /// A map has it no more, and the last child of that map has ended. After the last map no child gets it any more, and what is left is read to
    /// the end.
    /// </summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _pipe.Writer.Dispose();
        }
    }

    /// <summary>Reads what is there, a bounded amount: a child that floods the pipe does not keep others waiting.</summary>
    /// <returns>False when nobody is left to write.</returns>
    public bool Drain()
    {
        Span<byte> chunk = stackalloc byte[4096];
        for (var rounds = 0; rounds < 16; rounds++)
        {
            var count = _pipe.Read(chunk);
            if (count <= 0)
            {
                return count < 0;
            }

            for (var rest = (ReadOnlySpan<byte>)chunk[..count]; rest.Length > 0;)
            {
                var end = rest.IndexOf((byte)'\n');
                Take(end < 0 ? rest : rest[..end]);
                if (end >= 0)
                {
                    Log();
                }

                rest = end < 0 ? [] : rest[(end + 1)..];
            }
        }

        return true;
    }

    /// <summary>Logs what is left of an unfinished line, and how many lines were left out.</summary>
    public void Flush()
    {
        Log();
        SayDropped();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SayDropped(isLast: true);
        _pipe.Dispose();
    }

    private static (uint User, uint Group) OwnerOf(Service service) => (service.Program!.User.UserId, service.Program.Group);

    private void Take(ReadOnlySpan<byte> part)
    {
        var fits = Math.Min(part.Length, _line.Length - _length);
        part[..fits].CopyTo(_line.AsSpan(_length));
        _length += fits;
        _cut |= fits < part.Length;
    }

    private void Log()
    {
        if (_length > 0)
        {
            if (MayLog())
            {
                SayDropped();
                _logger.ChildStderr(_service, Encoding.UTF8.GetString(_line, 0, _length) + (_cut ? "..." : ""));
            }
            else
            {
                _dropped++;
            }
        }

        _length = 0;
        _cut = false;
    }

    private bool MayLog()
    {
        var now = _time.GetTimestamp();
        _left = Math.Min(Burst, _left + (_time.GetElapsedTime(_asked, now).TotalSeconds * LinesPerSecond));
        _asked = now;
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }

    private void SayDropped(bool isLast = false)
    {
        if (_dropped > 0 && (isLast || _said is not { } said || _time.GetElapsedTime(said) >= SayAgain))
        {
            _logger.StderrDropped(_service, _dropped, LinesPerSecond);
            _dropped = 0;
            _said = _time.GetTimestamp();
        }
    }
}
