using System.Net.Sockets;
using NetSuperd.Control;
using NetSuperd.Logging;
using NetSuperd.Server.Config;

namespace NetSuperd.Hosting;

/// <content>The control socket.</content>
internal sealed partial class Daemon
{
    private readonly List<ControlServer> _controlsBefore = [];
    private ControlServer? _control;

    /// <summary>Opens the control socket, or adopts the predecessor's. No client is answered before the daemon uses it.</summary>
    /// <returns>
    /// Null for both where the map wants no control socket; otherwise the socket, or why the daemon cannot start without it.
    /// </returns>
    private (ControlServer? Control, ControlBindFailure? Obstacle) MakeControl(DaemonSection section, Socket? inheritedSocket)
    {
        var answering = new DaemonOperator(this, _own);
        if (section.Control is not { } path)
        {
            inheritedSocket?.Dispose();
            logger.NoControl();
            return (null, null);
        }

        if (inheritedSocket is not null && ControlSocket.IsAt(inheritedSocket, path))
        {
            return (ControlServer.Adopt(inheritedSocket, path, section.ControlIsDefault, answering, logger, TimeProvider.System), null);
        }

        inheritedSocket?.Dispose();
        var (control, failure) = ControlServer.Open(
            path, section.ControlIsDefault, answering, logger, TimeProvider.System);
        if (failure is not null && section.ControlIsDefault && !_isStarted)
        {
            // Where another daemon has the default path, or this user may not create it, the daemon runs without a control socket.
            logger.ControlUnavailable(path, failure.Message);
            return (null, null);
        }

        return (control, failure);
    }

    private void Use(ControlServer? control)
    {
        if (_control is { } before)
        {
            // The client that asked for the reload is still being answered there.
            before.Unlink();
            before.StopAccepting();
            _controlsBefore.Add(before);
        }

        _control = control;
        control?.Start();
    }

    /// <summary>The path of the socket in force is removed as well, unless another process uses it.</summary>
    private async Task CloseControlAsync()
    {
        foreach (var control in _control is null ? _controlsBefore : [.. _controlsBefore, _control])
        {
            await control.DisposeAsync();
        }
    }
}
