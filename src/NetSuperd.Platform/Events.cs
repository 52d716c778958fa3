namespace NetSuperd.Platform;

/// <summary>
/// What a descriptor is watched for; the numbers are those of epoll_ctl(2). Its failure and the end of both directions are reported in any
/// case, as <see cref="Read"/>, <see cref="Write"/> and <see cref="End"/>: the next call on the descriptor tells which.
/// </summary>
[Flags]
public enum Events : uint
{
    /// <summary>Nothing: only the end or the failure of the descriptor is reported, once.</summary>
    None = 0,

    /// <summary>Something can be read, or accepted, or the process has ended.</summary>
    Read = 0x1,

    /// <summary>Something can be written.</summary>
    Write = 0x4,

    /// <summary>The peer has ended its transmission: reads return the rest, and then the end.</summary>
    End = 0x2000,

    /// <summary>The peer has sent urgent data (tcp(7)): a read stops there, although more may have come.</summary>
    Urgent = 0x2,

    /// <summary>Each change is reported once, and not what is still there.</summary>
    Edge = 0x80000000,
}
