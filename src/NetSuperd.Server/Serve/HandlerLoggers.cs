using Microsoft.Extensions.Logging;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Serve;

/// <summary>
/// Creates the loggers of one handler. A plugin with a host of its own gives this factory to it: the lines of that host are then the
/// handler's.
/// </summary>
/// <param name="loggers">Creates the loggers of the daemon.</param>
/// <param name="lines">The budget of the service.</param>
internal sealed class HandlerLoggers(ILoggerFactory loggers, HandlerLines lines) : ILoggerFactory
{
    /// <inheritdoc/>
    /// <remarks>The name of the daemon's own category is not for a plugin: the log tells their lines apart by it.</remarks>
    public ILogger CreateLogger(string categoryName) => new HandlerLogger(
        loggers.CreateLogger(categoryName == "NetSuperd" ? $"NetSuperd.Handlers.{lines.Service}" : categoryName), lines);

    /// <summary>Creates an <see cref="ILogger{T}"/>.</summary>
    /// <param name="type">The type that the handler asks for.</param>
    public object CreateTyped(Type type) => Activator.CreateInstance(typeof(Logger<>).MakeGenericType(type.GenericTypeArguments), this)!;

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("the daemon's log takes no provider of a plugin; add it to a factory of the plugin's own");

    /// <summary>The loggers are the daemon's, and stay.</summary>
    public void Dispose()
    {
    }
}
