using System.Text;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Testing.Tests;

/// <summary>Greets every line.</summary>
[Handler("greet")]
public sealed partial class GreetHandler(ILogger<GreetHandler> logger, ServiceInfo service) : IStreamHandler
{
    private readonly string _word = service.Settings.GetString("word", "Hello");

    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        LogGreeting(connection.RemoteEndPoint);
        using var reader = new StreamReader(connection.Stream);
        while (await reader.ReadLineAsync(stopping) is { } name)
        {
            await connection.SendAsync(Encoding.UTF8.GetBytes($"{_word}, {name}!\r\n"), stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Greeting {Client}")]
    private partial void LogGreeting(object client);
}

/// <summary>Has no name.</summary>
public sealed class NamelessHandler : IStreamHandler
{
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;
}

/// <summary>Asks for what no handler gets.</summary>
[Handler("greedy")]
public sealed class GreedyHandler(string all) : IStreamHandler
{
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.FromException(new IOException(all));
}

/// <summary>Throws.</summary>
[Handler("throwing")]
public sealed class ThrowingHandler : IStreamHandler
{
    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => throw new FormatException("wrong");
}

/// <summary>Answers after a minute.</summary>
[Handler("tick")]
public sealed class TickHandler(TimeProvider time) : IStreamHandler, IDisposable
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _minute = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDisposed { get; private set; }

    public Task Ready => _ready.Task;

    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        await using var timer = time.CreateTimer(_ => _minute.TrySetResult(), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        _ready.SetResult();
        await _minute.Task.WaitAsync(connection.Closed);
        await connection.SendAsync("tick"u8.ToArray(), connection.Closed);
    }

    public void Dispose() => IsDisposed = true;
}

/// <summary>Passes every connection to the service that its settings name.</summary>
[Handler("passing")]
public sealed class PassingHandler : IStreamHandler
{
    private readonly IServiceSwitch _services;
    private readonly string _to;

    public PassingHandler(IServiceSwitch services, ServiceInfo service)
    {
        _services = services;
        _to = service.Settings.GetString("to");
        service.Settings.NameService("to", _to);
    }

    public async Task HandleAsync(StreamConnection connection, CancellationToken stopping)
    {
        await connection.WaitForDataAsync(stopping);
        if (!_services.Pass(connection, _to, "+\r\n"u8.ToArray(), "no"))
        {
            throw new FormatException("not passed");
        }
    }
}

/// <summary>Answers each datagram twice, in capitals.</summary>
[Handler("loud")]
public sealed class LoudHandler : IDatagramHandler
{
    public int Unsent { get; private set; }

    public void Handle(in Datagram request, IDatagramReply reply)
    {
        var answer = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(request.Data).ToUpperInvariant());
        Unsent += reply.Send(answer) ? 0 : 1;
        Unsent += reply.Send(answer) ? 0 : 1;
    }
}

/// <summary>Notes its life.</summary>
[Handler("living")]
public sealed class LivingHandler(ServiceInfo service) : IStreamHandler, IHandlerLife, IDisposable
{
    private readonly bool _fails = service.Settings.GetBoolean("fails");

    public List<string> Calls { get; } = [];

    public Task HandleAsync(StreamConnection connection, CancellationToken stopping) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Calls.Add("start");
        return _fails ? Task.FromException(new IOException("no database")) : Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Calls.Add("stop");
        return Task.CompletedTask;
    }

    public void Dispose() => Calls.Add("dispose");
}
