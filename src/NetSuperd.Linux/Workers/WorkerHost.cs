using NetSuperd.Native;
using NetSuperd.Server.Serve;

namespace NetSuperd.Linux.Workers;

/// <summary>In a worker: what its handlers see of the server, as the daemon has told it.</summary>
/// <param name="channel">The channel to the daemon.</param>
internal sealed class WorkerHost(MessageSocket channel) : IHandlerHost
{
    private readonly List<ServedSocket> _arriving = [];
    private readonly List<ServedService> _arrivingServices = [];
    private volatile IReadOnlyList<ServedSocket> _sockets = [];
    private volatile IReadOnlyList<ServedService> _services = [];
    private volatile HashSet<string> _open = [];

    /// <inheritdoc/>
    public IReadOnlyList<ServedSocket> Sockets() => _sockets;

    /// <inheritdoc/>
    public IReadOnlyList<ServedService> Services() => _services;

    /// <inheritdoc/>
    public bool Takes(string service) => _open.Contains(service);

    /// <inheritdoc/>
    /// <remarks>The daemon has a descriptor of the connection, which is closed here and not shut down.</remarks>
    public bool Pass(IConnectionHolder connection, string service, ReadOnlyMemory<byte> greeting, string? refusal)
    {
        if (!Takes(service))
        {
            return false;
        }

        var record = connection.Record;
        var form = new PassForm(record.Id, record.BytesReceived, record.BytesSent, service, greeting.ToArray(), refusal);
        var message = WorkerJson.Write(MessageKind.Passed, form)
            ?? throw new ArgumentException("the greeting is too long", nameof(greeting));
        if (connection.GiveAway() is { } socket)
        {
            channel.Send(message);
            socket.Dispose();
        }

        return true;
    }

    /// <summary>Takes a part of what the daemon tells. On the loop.</summary>
    public void Show(ServerForm form)
    {
        if (form.IsFirst)
        {
            _arriving.Clear();
            _arrivingServices.Clear();
            _open = [.. form.Open];
        }

        _arriving.AddRange(form.Sockets);
        _arrivingServices.AddRange(form.Services);
        if (form.IsLast)
        {
            _sockets = [.. _arriving];
            _services = [.. _arrivingServices];
        }
    }
}
