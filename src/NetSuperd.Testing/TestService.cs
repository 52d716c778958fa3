using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace NetSuperd.Testing;

/// <summary>Starts services with one handler.</summary>
public static class TestService
{
    /// <summary>Creates a handler, with the settings of its service, and starts it if it has a life of its own.</summary>
    /// <typeparam name="THandler">The handler, which has one public constructor.</typeparam>
    /// <param name="settings">The content of <c>[services.NAME.settings]</c>, as TOML.</param>
    /// <param name="name">The name of the service.</param>
    /// <param name="folder">The folder of the plugin; by default that of the test.</param>
    /// <exception cref="SettingsException">
    /// The handler does not accept its settings, or has not read a key. The position is that of the value or key.
    /// </exception>
    /// <exception cref="InvalidOperationException">The handler is not one that the daemon could create.</exception>
    public static async Task<TestService<THandler>> StartAsync<THandler>(
        string settings = "", string name = "test", string? folder = null)
        where THandler : class
    {
        var info = new ServiceInfo(name, TestSettings.Of(settings)) { Folder = folder ?? AppContext.BaseDirectory };
        var host = new TestHost(info);
        var handler = host.Create<THandler>();
        if (handler is IHandlerLife life)
        {
            try
            {
                await life.StartAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                await TestHost.DisposeAsync(handler).ConfigureAwait(false);
                throw;
            }
        }

        return new TestService<THandler>(handler, host);
    }
}

/// <summary>A service with one handler, in memory: it creates, calls and disposes the handler as the daemon does.</summary>
/// <typeparam name="THandler">The handler, which has one public constructor.</typeparam>
/// <example>
/// <code>
/// await using var service = await TestService.StartAsync&lt;GreetHandler&gt;("word = \"Hi\"");
/// using var client = service.Connect();
/// client.Send("Bob\n");
/// Assert.Equal("Hi, Bob!", await client.ReceiveLineAsync());
/// </code>
/// </example>
public sealed class TestService<THandler> : IAsyncDisposable
    where THandler : class
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(TestConnection Connection, Task Serving)> _connections = [];
    private readonly TestHost _host;

    internal TestService(THandler handler, TestHost host) => (Handler, _host) = (handler, host);

    /// <summary>The handler, one for all connections.</summary>
    public THandler Handler { get; }

    /// <summary>The name of the service.</summary>
    public string Name => _host.Info.Name;

    /// <summary>The clock of a handler whose constructor asks for a <see cref="TimeProvider"/>. It stands until it is moved.</summary>
    public FakeTimeProvider Time => _host.Time;

    /// <summary>What the handler has logged.</summary>
    public TestLog Log => _host.Log;

    /// <summary>The sockets that an <see cref="IServerView"/> shows.</summary>
    public IList<ServedSocket> Sockets => _host.Served;

    /// <summary>The services that an <see cref="IServerView"/> shows.</summary>
    public IList<ServedService> Services => _host.ServedServices;

    /// <summary>The connections that the handler has passed to other services (<see cref="IServiceSwitch"/>), in order.</summary>
    public IReadOnlyList<TestPassed> Passed => _host.Passed;

    /// <summary>Whether there is a service to pass connections to; true by default.</summary>
    public bool CanPass { get => _host.CanPass; set => _host.CanPass = value; }

    /// <summary>How long clients wait for the handler, by the clock of the system; 10 s by default.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A client connects, and the handler is called for it on another thread.</summary>
    /// <param name="from">The client's end; 127.0.0.1:50000 by default.</param>
    public TestClient Connect(EndPoint? from = null)
    {
        if (Handler is not IStreamHandler streams)
        {
            throw new InvalidOperationException($"{typeof(THandler).Name} does not serve connections, since it is no IStreamHandler");
        }

        var connection = new TestConnection { ServiceName = Name, Remote = from ?? new IPEndPoint(IPAddress.Loopback, 50000) };
        connection.Client.Patience = Patience;
        _connections.Add((connection, Task.Run(() => ServeAsync(streams, connection))));
        return connection.Client;
    }

    /// <summary>Sends the handler a datagram. What the handler throws passes to the test.</summary>
    /// <param name="data">Its bytes.</param>
    /// <param name="from">The sender; 127.0.0.1:50000 by default.</param>
    /// <returns>The answers.</returns>
    public IReadOnlyList<byte[]> Ask(ReadOnlySpan<byte> data, EndPoint? from = null)
    {
        if (Handler is not IDatagramHandler datagrams)
        {
            throw new InvalidOperationException($"{typeof(THandler).Name} does not serve datagrams, since it is no IDatagramHandler");
        }

        return new TestReply { Remote = from ?? new IPEndPoint(IPAddress.Loopback, 50000) }.Ask(datagrams, data);
    }

    /// <summary>Sends the handler a text as UTF-8.</summary>
    /// <returns>The answers as texts.</returns>
    public IReadOnlyList<string> Ask(string text) => [.. Ask(Encoding.UTF8.GetBytes(text)).Select(Encoding.UTF8.GetString)];

    /// <summary>The daemon stops: the handler's token fires, and the clients see how each connection ends.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Aborts the connections that have not ended, and stops and disposes the handler.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (var (connection, serving) in _connections)
        {
            connection.Abort();
            await serving.WaitAsync(Patience).ConfigureAwait(false);
        }

        if (Handler is IHandlerLife life)
        {
            await life.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await TestHost.DisposeAsync(Handler).ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>The fence of one connection, with the rules of the daemon.</summary>
    private async Task ServeAsync(IStreamHandler handler, TestConnection connection)
    {
        Exception? failed = null;
        TestEnd end;
        try
        {
            await handler.HandleAsync(connection, _stopping.Token).ConfigureAwait(false);
            await connection.CloseAsync().ConfigureAwait(false);
            end = connection.Broken ?? TestEnd.Closed;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && connection.Broken is null)
        {
            await connection.CloseAsync().ConfigureAwait(false);
            end = TestEnd.Stopped;
        }
        catch (Exception failure) when (connection.Broken is not null && failure is (IOException or OperationCanceledException))
        {
            // The connection was lost to the client or an abort, and the handler let the exception pass, as it may.
            end = connection.Broken!.Value;
        }
        catch (Exception failure)
        {
            connection.Fail(failure);
            (failed, end) = (failure, TestEnd.Failed);
        }

        connection.Finish();
        try
        {
            await connection.Callbacks.ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            failed ??= failure;
        }

        connection.Client.Ended(new TestOutcome(end, failed));
    }
}
