using System.Globalization;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The options of the sockets of a unit, systemd.socket(5).</summary>
internal sealed class UnitSocketOptions(ImportedMap map, Unit unit)
{
    private const string Section = "Socket";

    /// <summary>Sets the options that a kind of socket has.</summary>
    public void Set(ImportedSocket socket)
    {
        var scope = PortKeys.ScopeOf(socket.Key);
        SetNumber(socket, scope, PortKeys.Backlog, "Backlog");
        SetNumber(socket, scope, PortKeys.TimeToLive, "IPTTL");
        SetNumber(socket, scope, PortKeys.Mark, "Mark");
        SetPriority(socket, scope);
        SetNumber(socket, scope, PortKeys.TypeOfService, "IPTOS");
        SetText(socket, scope, PortKeys.ReceiveBuffer, "ReceiveBuffer", ForeignSize.Of);
        SetText(socket, scope, PortKeys.SendBuffer, "SendBuffer", ForeignSize.Of);
        SetText(socket, scope, PortKeys.DeferAccept, "DeferAcceptSec", text => UnitValues.Time(text) ?? text);
        SetText(socket, scope, PortKeys.Device, "BindToDevice", text => text);
        SetText(socket, scope, PortKeys.Congestion, "TCPCongestion", text => text);
        SetYes(socket, scope, PortKeys.NoDelay, "NoDelay");
        SetYes(socket, scope, PortKeys.ReusePort, "ReusePort");
        SetYes(socket, scope, PortKeys.FreeBind, "FreeBind");
        SetYes(socket, scope, PortKeys.Transparent, "Transparent");
        SetKeepAlive(socket, scope);
        if (unit.Last(Section, "FileDescriptorName") is { } name)
        {
            socket.Set(PortKeys.Name, name.Text, name.At);
        }

        SetOwner(socket, scope);
    }

    private static bool Has(Key<Port> key, Scope scope) => key.Scope == Scope.Always || (key.Scope & scope) != 0;

    private void SetNumber(ImportedSocket socket, Scope scope, Key<Port> key, string name)
    {
        if (unit.Last(Section, name) is not { } value || !Has(key, scope))
        {
            return;
        }

        var text = key == PortKeys.TypeOfService ? UnitSockets.TypeOfService(value.Text) : value.Text;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            if (number > 0 || key != PortKeys.TypeOfService)
            {
                socket.Set(key, number, value.At);
            }
        }
        else if (key != PortKeys.Backlog || !uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            map.Lost(value.At, $"{name}={value.Text} is no number that '{key.Name}' can have, and is left out");
        }
    }

    // accept(2) does not pass it on, so a program that accepts its clients itself would have to set it.
    private void SetPriority(ImportedSocket socket, Scope scope)
    {
        if (unit.Last(Section, "Priority") is { } priority && !socket.Key.Transport.IsDatagram && unit.IsYes(Section, "Accept") != true)
        {
            map.ChangedOnce(priority.At, "Priority is left out: connections do not inherit it from the socket, so it had no effect on "
                + "them");
            return;
        }

        SetNumber(socket, scope, PortKeys.Priority, "Priority");
    }

    private void SetText(ImportedSocket socket, Scope scope, Key<Port> key, string name, Func<string, string> notation)
    {
        if (unit.Last(Section, name) is { } value && Has(key, scope))
        {
            socket.Set(key, notation(value.Text), value.At);
        }
    }

    private void SetYes(ImportedSocket socket, Scope scope, Key<Port> key, string name)
    {
        if (unit.IsYes(Section, name) == true && Has(key, scope))
        {
            socket.Set(key, true, unit.Last(Section, name)!.At);
        }
    }

    private void SetKeepAlive(ImportedSocket socket, Scope scope)
    {
        var isOn = unit.IsYes(Section, "KeepAlive");
        (string Name, Word? Value)[] times =
        [
            ("idle", unit.Last(Section, "KeepAliveTimeSec")), ("interval", unit.Last(Section, "KeepAliveIntervalSec")),
            ("probes", unit.Last(Section, "KeepAliveProbes")),
        ];
        if (!Has(PortKeys.KeepAlive, scope) || isOn is null)
        {
            return;
        }

        var at = unit.Last(Section, "KeepAlive")!.At;
        if (isOn == false)
        {
            socket.Set(PortKeys.KeepAlive, false, at);
            return;
        }

        var table = new TableNode(at, TableOrigin.Inline);
        foreach (var (name, value) in times.Where(time => time.Value is not null))
        {
            object node = name == "probes" && int.TryParse(value!.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var probes)
                ? probes
                : UnitValues.Time(value!.Text) ?? value.Text;
            table.Add(new Entry(name, value.At, ImportedService.NodeOf(node, value.At)));
        }

        if (table.Entries.Any())
        {
            socket.Set(PortKeys.KeepAlive, table, at);
        }
    }

    private void SetOwner(ImportedSocket socket, Scope scope)
    {
        var (user, group, mode) = (unit.Last(Section, "SocketUser"), unit.Last(Section, "SocketGroup"), unit.Last(Section, "SocketMode"));
        if (!Has(PortKeys.Mode, scope))
        {
            return;
        }

        if (user is not null)
        {
            socket.Set(PortKeys.Owner, user.Text, user.At);
        }

        if (group is not null)
        {
            socket.Set(PortKeys.Group, group.Text, group.At);
        }

        socket.Set(PortKeys.Mode, (mode?.Text ?? "0666").PadLeft(4, '0'), mode?.At ?? socket.At);
    }
}
