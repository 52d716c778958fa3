using System.Net;
using System.Net.Sockets;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Server.Pipes;

namespace NetSuperd.Server.Tests.Pipes;

/// <summary>A process that a test plays: its pipes are real, and it does what the test does.</summary>
internal sealed class PlayedProcess : IPipedProcess
{
    public const int Number = 4711;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<NetworkStream> _streams = [];
    private int? _status;

    public PlayedProcess()
    {
        (Input, Reads) = Pair();
        (Output, Writes) = Pair();
        (Errors, Complains) = Pair();
    }

    public int Pid => Number;

    public Stream Input { get; }

    public Stream Output { get; }

    public Stream Errors { get; }

    public Task Ended => _ended.Task;

    /// <summary>Its standard input.</summary>
    public NetworkStream Reads { get; }

    /// <summary>Its standard output.</summary>
    public NetworkStream Writes { get; }

    /// <summary>Its standard error.</summary>
    public NetworkStream Complains { get; }

    public bool IsKilled { get; private set; }

    /// <summary>It exits, and a process that it has started keeps its output.</summary>
    public void Leave(int status)
    {
        _status ??= status;
        Reads.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>It exits.</summary>
    public void Exit(int status)
    {
        Leave(status);
        Complains.Dispose();
        Writes.Dispose();
    }

    public void Kill()
    {
        IsKilled = true;
        Exit(-1);
    }

    public ChildEnd Finish() => new(
        _status >= 0 ? _status : null, _status >= 0 ? null : SignalName.SIGKILL, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 3072);

    public void Dispose() => _streams.ForEach(stream => stream.Dispose());

    private (NetworkStream Own, NetworkStream Child) Pair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        own.Connect(listener.LocalEndPoint!);
        _streams.Add(new NetworkStream(own, ownsSocket: true));
        _streams.Add(new NetworkStream(listener.Accept(), ownsSocket: true));
        return (_streams[^2], _streams[^1]);
    }
}

/// <summary>Starts processes that a test plays.</summary>
internal sealed class PlayedPrograms : IPipedPrograms
{
    private readonly System.Threading.Channels.Channel<PlayedProcess> _started =
        System.Threading.Channels.Channel.CreateUnbounded<PlayedProcess>();

    /// <summary>Why none can be started; null: they can.</summary>
    public Errno? Failure { get; set; }

    /// <summary>Holds a start up.</summary>
    public Latch? Latch { get; set; }

    /// <summary>The variables of the last one.</summary>
    public IReadOnlyCollection<string> Variables { get; private set; } = [];

    /// <summary>The program of the last one.</summary>
    public ChildProgram? Program { get; private set; }

    public IPipedProcess Start(ChildProgram program, ChildVariables variables)
    {
        Latch?.Wait();
        if (Failure is { } errno)
        {
            throw new CallException("CreateProcessW", program.Path, errno);
        }

        (Program, Variables) = (program, variables.Texts);
        var process = new PlayedProcess();
        _started.Writer.TryWrite(process);
        return process;
    }

    /// <summary>The next one that is started.</summary>
    public async Task<PlayedProcess> NextAsync() => await _started.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
