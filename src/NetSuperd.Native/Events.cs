namespace NetSuperd.Native;

/// <summary>What a descriptor is watched for (epoll_ctl(2)). Its end and its failure are reported in any case, as <see cref="Read"/> and <see cref="Write"/>.</summary>
[Flags]
public enum Events : uint
{
    /// <summary>Nothing: the descriptor rests. Its end or failure is reported once.</summary>
    None = 0,

    /// <summary>Something can be read, or accepted, or the process has ended.</summary>
    Read = Libc.EPOLLIN,

    /// <summary>Something can be written.</summary>
    Write = Libc.EPOLLOUT,

    /// <summary>Each change is reported once, and not what is still there.</summary>
    Edge = Libc.EPOLLET,
}
