using Microsoft.Extensions.Logging;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>What children write to standard error, line by line into the log.</summary>
/// <remarks>
/// A pipe is always read, so that no child waits for the log; lines beyond a rate are counted and left out, so that no child fills the log.
/// Each child has a pipe of its own (<see cref="For"/>), which shows that lines are from it or its descendants: a pipe does not distinguish
/// its writers, and a socket, which does, could not be opened again by <c>/dev/stderr</c>. Where descriptors are scarce, children share the
/// pipe of their service, and their lines have only the service's name.
/// </remarks>
internal sealed class StderrLog : IDisposable
{
    private readonly string _service;
    private readonly (uint User, uint Group) _owner;
    private readonly ILogger _logger;
    private readonly LineBudget _budget;
    private readonly ConnectionRecord? _record;
    private readonly ErrorLines _lines;
    private readonly Pipe _pipe = Pipe.Create();
    private int _users;

    /// <summary>The pipe of a service.</summary>
    /// <exception cref="CallException">The pipe could not be made, or given to the service's user.</exception>
    public StderrLog(Service service, ILogger logger, TimeProvider time)
        : this(service.Name, OwnerOf(service), logger, new LineBudget(time), null)
    {
    }

    private StderrLog(string service, (uint User, uint Group) owner, ILogger logger, LineBudget budget, ConnectionRecord? record)
    {
        (_service, _owner, _logger, _budget, _record) = (service, owner, logger, budget, record);
        _lines = new ErrorLines(service, record, budget, logger);
        if (_owner.User != ProcessIdentity.EffectiveUserId)
        {
            try
            {
                _pipe.GiveTo(_owner.User, _owner.Group);
            }
            catch (CallException)
            {
                _pipe.Dispose();
                throw;
            }
        }
    }

    /// <summary>The end that children write to.</summary>
    public Descriptor Writer => _pipe.Writer;

    /// <summary>The end that is watched.</summary>
    public Descriptor Reader => _pipe.Reader;

    /// <summary>Its token in the event loop; null where it is not watched.</summary>
    public long? Token { get; set; }

    /// <summary>Whether it is the pipe of one child.</summary>
    public bool IsOfOne => _record is not null;

    /// <summary>The pipe of a child of the service; where the system has none for it, that of the service.</summary>
    public StderrLog For(ConnectionRecord record)
    {
        try
        {
            return new StderrLog(_service, _owner, _logger, _budget, record);
        }
        catch (CallException)
        {
            return this;
        }
    }

    /// <summary>Whether it is the log of the service of another map as well.</summary>
    public bool IsFor(Service service) => service.Name == _service && _owner == OwnerOf(service);

    /// <summary>Adds a map that uses it.</summary>
    public void Enter() => Interlocked.Increment(ref _users);

    /// <summary>
    /// Removes a map that used it, whose last child has ended. After the last map no child gets the pipe, and it is read to its end.
    /// </summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _pipe.Writer.Dispose();
        }
    }

    /// <summary>Reads a bounded amount of what is there, so that a child that floods the pipe does not hold up others.</summary>
    /// <returns>False when no process is left to write.</returns>
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

            _lines.Take(chunk[..count]);
        }

        return true;
    }

    /// <summary>Logs the unfinished last line, and how many lines were left out.</summary>
    public void Flush() => _lines.Flush();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!IsOfOne)
        {
            _lines.SayDropped(isLast: true);
        }

        _pipe.Dispose();
    }

    private static (uint User, uint Group) OwnerOf(Service service) => (service.Program!.User.UserId, service.Program.Group);
}
