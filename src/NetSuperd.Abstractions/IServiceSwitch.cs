namespace NetSuperd;

/// <summary>
/// Passes connections to other services of the map, such as those that share one port. A handler asks for it with a parameter of its
/// constructor.
/// </summary>
public interface IServiceSwitch
{
    /// <summary>
    /// Passes a connection to a service as if the client had connected to that service: its gates judge the client, and the connection
    /// gets another record. The handler then returns, and does not use the connection again.
    /// </summary>
    /// <param name="connection">
    /// The handler's connection, without a call under way. Bytes that the handler has received do not reach the service.
    /// </param>
    /// <param name="service">The service, which the constructor of the handler has named with <see cref="Settings.NameService"/>.</param>
    /// <param name="greeting">
    /// The bytes that an admitted client gets before the service begins. They have to fit into the send buffer of the connection.
    /// </param>
    /// <param name="refusal">
    /// The line that a refused client gets in place of the service's own <c>banner_refused</c>, without its end; null: the service's own.
    /// </param>
    /// <returns>
    /// False where the map in force has no such service or has disabled it, or where it is paused or stopped: the connection is still the
    /// handler's.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The constructor has not named the service, or the connection is not one of this daemon's.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A call on the connection is under way, or the connection has been passed already.
    /// </exception>
    bool Pass(StreamConnection connection, string service, ReadOnlyMemory<byte> greeting = default, string? refusal = null);
}
