using System.Globalization;

namespace NetSuperd.Builtins;

/// <summary>
/// Active users (RFC 866): the services that have connections or children now, a line for each with their number. The list does not
/// identify the clients.
/// </summary>
[Handler("systat")]
public sealed class SystatHandler(IServerView view) : ListHandler
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Lines() => view.Sockets()
        .Where(socket => socket.Live > 0)
        .DistinctBy(socket => socket.Service)
        .Select(socket => string.Create(CultureInfo.InvariantCulture, $"{socket.Service,-20} {socket.Live,8}"));
}
