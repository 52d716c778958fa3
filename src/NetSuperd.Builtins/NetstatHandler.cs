namespace NetSuperd.Builtins;

/// <summary>
/// Netstat, on port 15 by custom and without an RFC: the sockets that are served, a line for each: transport, address, state, service.
/// </summary>
[Handler("netstat")]
public sealed class NetstatHandler(IServerView view) : ListHandler
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Lines() =>
        view.Sockets().Select(socket => $"{socket.Transport,-9} {socket.Local,-30} {socket.State,-9} {socket.Service}");
}
