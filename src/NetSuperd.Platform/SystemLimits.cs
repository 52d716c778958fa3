namespace NetSuperd.Platform;

/// <summary>The limits of Linux for names and groups; no other system has larger ones.</summary>
public static class SystemLimits
{
    /// <summary>The most bytes of the path of a unix socket, or of an abstract name without the <c>@</c> (unix(7)).</summary>
    public const int MostUnixNameBytes = 107;

    /// <summary>The most bytes of the name of a network interface; IFNAMSIZ counts the NUL at the end as well.</summary>
    public const int MostInterfaceNameBytes = 15;

    /// <summary>The most supplementary groups of a process, NGROUPS_MAX of linux/limits.h.</summary>
    public const int MostGroups = 65_536;
}
