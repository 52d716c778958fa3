using System.Reflection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace NetSuperd.Testing;

/// <summary>What a handler sees of the daemon.</summary>
/// <param name="info">Its service.</param>
internal sealed class TestHost(ServiceInfo info) : IServerView, IServiceSwitch
{
    private readonly List<TestPassed> _passed = [];

    public ServiceInfo Info => info;

    public TestLog Log { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public List<ServedSocket> Served { get; } = [];

    public List<ServedService> ServedServices { get; } = [];

    public bool CanPass { get; set; } = true;

    public IReadOnlyList<TestPassed> Passed
    {
        get
        {
            lock (_passed)
            {
                return [.. _passed];
            }
        }
    }

    /// <summary>Creates a handler by the rules of the daemon.</summary>
    public THandler Create<THandler>()
    {
        var type = typeof(THandler);
        if (type.GetConstructors() is not [var constructor])
        {
            throw new InvalidOperationException(
                $"{type.Name} has {type.GetConstructors().Length} public constructors; a handler has one");
        }

        if (type.GetCustomAttribute<HandlerAttribute>() is null)
        {
            throw new InvalidOperationException($"{type.Name} has no name for the map; add [Handler(\"name\")]");
        }

        var arguments = constructor.GetParameters().Select(parameter => Argument(parameter.ParameterType, type)).ToArray();
        var handler = (THandler)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        foreach (var (path, position) in info.Settings.Unread())
        {
            throw new SettingsException(
                $"unknown key '{path}' in services.{info.Name}.settings; the handler {type.Name} does not read it", position);
        }

        return handler;
    }

    /// <summary>Disposes a handler.</summary>
    public static async ValueTask DisposeAsync(object handler)
    {
        if (handler is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            (handler as IDisposable)?.Dispose();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ServedSocket> Sockets() => [.. Served];

    /// <inheritdoc/>
    public IReadOnlyList<ServedService> Services() => [.. ServedServices];

    /// <inheritdoc/>
    public bool Pass(StreamConnection connection, string service, ReadOnlyMemory<byte> greeting = default, string? refusal = null)
    {
        if (connection is not TestConnection own)
        {
            throw new ArgumentException("the connection is not one of this service's", nameof(connection));
        }

        if (info.Settings.Services().All(named => named.Name != service))
        {
            throw new ArgumentException($"the constructor of the handler has not named the service '{service}'", nameof(service));
        }

        if (!CanPass || !own.TryGiveAway())
        {
            return false;
        }

        lock (_passed)
        {
            _passed.Add(new TestPassed(own, service, greeting.ToArray(), refusal));
        }

        return true;
    }

    private object Argument(Type type, Type handler) =>
        type == typeof(ILogger) ? Log
        : type == typeof(ILoggerFactory) ? new TestLoggers(Log)
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ILogger<>)
            ? Activator.CreateInstance(typeof(Logger<>).MakeGenericType(type.GetGenericArguments()), new TestLoggers(Log))!
        : type == typeof(ServiceInfo) ? info
        : type == typeof(TimeProvider) ? Time
        : type == typeof(IServerView) || type == typeof(IServiceSwitch) ? this
        : throw new InvalidOperationException($"the constructor of {handler.Name} asks for a {type.Name}; "
            + "it may ask for ILogger, ILogger<T>, ILoggerFactory, ServiceInfo, TimeProvider, IServerView and IServiceSwitch");
}

/// <summary>A connection that a handler has passed to another service.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Service">The service.</param>
/// <param name="Greeting">What an admitted client gets before the service begins.</param>
/// <param name="Refusal">The line that a refused client gets; null: the service's own.</param>
public sealed record TestPassed(TestConnection Connection, string Service, byte[] Greeting, string? Refusal);
