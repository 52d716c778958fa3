using System.Globalization;

namespace NetSuperd.Builtins;

/// <summary>
/// Active users (RFC 866): the services that have connections or children just now, a line for each with their number. It does not tell who
/// they are.
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
