using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>A service of xinetd on its way into the map.</summary>
/// <param name="importing">What every translator needs.</param>
/// <param name="name">Its name in xinetd.conf.</param>
/// <param name="settings">Its attributes.</param>
/// <param name="target">The service of the map.</param>
/// <param name="isOff">Whether it is disabled, so that what it loses is no loss.</param>
internal sealed class XinetdService(Importing importing, Word name, XinetdSettings settings, ImportedService target, bool isOff)
{
    /// <summary>What every translator needs.</summary>
    public Importing Importing { get; } = importing;

    /// <summary>Its name in xinetd.conf.</summary>
    public Word Name { get; } = name;

    /// <summary>Its attributes.</summary>
    public XinetdSettings Settings { get; } = settings;

    /// <summary>The service of the map.</summary>
    public ImportedService Target { get; } = target;

    /// <summary>Whether the service is disabled in xinetd.conf.</summary>
    public bool IsOff { get; } = isOff;

    /// <summary>Whether xinetd provides the service itself.</summary>
    public bool IsInternal => Settings.Find("type", "INTERNAL") is not null;

    /// <summary>Whether the service is reached by the port of tcpmux only.</summary>
    public bool IsBehindTcpmux => Settings.Find("type", "TCPMUX") is not null || Settings.Find("type", "TCPMUXPLUS") is not null;

    /// <summary>Whether a program gets the socket itself.</summary>
    public bool Waits { get; set; }

    /// <summary>Whether the socket is one of datagrams.</summary>
    public bool IsDatagram { get; set; }

    /// <summary>The map behaves differently.</summary>
    public void Changed(Position at, string message)
    {
        if (!IsOff)
        {
            Importing.Map.Changed(at, message);
        }
    }

    /// <summary>The map behaves differently, in the same way for all services.</summary>
    public void ChangedOnce(Position at, string message)
    {
        if (!IsOff)
        {
            Importing.Map.ChangedOnce(at, message);
        }
    }

    /// <summary>The map does not have it.</summary>
    public void Lost(Position at, string message)
    {
        if (IsOff)
        {
            Importing.Map.Off(at, $"{message}; '{Name.Text}' was disabled");
        }
        else
        {
            Importing.Map.Lost(at, message);
        }
    }

    /// <summary>xinetd leaves the service out: it is disabled, so that nothing is open that was not.</summary>
    public void Break(Position at, string reason) =>
        Disable(at, reason, $"xinetd leaves '{Name.Text}' out, and it is disabled here: {reason}");

    /// <summary>The map cannot keep clients or the program within what xinetd did: the service is disabled.</summary>
    public void Fence(Position at, string reason) => Disable(at, reason, $"'{Name.Text}' is disabled: {reason}");

    private void Disable(Position at, string reason, string message)
    {
        Lost(at, message);
        if (!IsOff)
        {
            Target.Disable(Target.At);
            Target.Remarks.Add(reason);
        }
    }
}
