using NetSuperd.Platform;

namespace NetSuperd.Server.Listen;

/// <summary>What a failed accept(2) or recvmmsg(2) means for the loop that called it. No failure ends the loop.</summary>
internal enum AcceptFailure
{
    /// <summary>None: nothing waits.</summary>
    None,

    /// <summary>Descriptors or memory are used up: wait, clients queue in the backlog.</summary>
    Exhausted,

    /// <summary>The client caused it: the next one is accepted.</summary>
    Client,

    /// <summary>The listener itself is broken: the service has failed until a retry succeeds.</summary>
    Listener,
}

/// <summary>Classifies failures (accept(2) ERRORS).</summary>
internal static class AcceptFailures
{
    public static AcceptFailure Classify(Errno errno) => errno switch
    {
        Errno.EAGAIN => AcceptFailure.None,
        Errno.EMFILE or Errno.ENFILE or Errno.ENOBUFS or Errno.ENOMEM => AcceptFailure.Exhausted,

        // On Linux accept(2) returns network errors that are pending on the new connection; EPERM comes from a firewall, and the runtime
        // turns it into EACCES, which accept(2) itself never returns.
        Errno.ECONNABORTED or Errno.ECONNRESET or Errno.EPROTO or Errno.EPERM or Errno.EACCES or Errno.EINTR
            or Errno.ENETDOWN or Errno.ENOPROTOOPT or Errno.EHOSTDOWN or Errno.ENONET or Errno.EHOSTUNREACH
            or Errno.EOPNOTSUPP or Errno.ENETUNREACH or Errno.ETIMEDOUT => AcceptFailure.Client,

        // A datagram socket reports an earlier answer that did not arrive in this way, where a child has asked for that (IP_RECVERR in
        // ip(7)).
        Errno.ECONNREFUSED or Errno.EMSGSIZE => AcceptFailure.Client,

        _ => AcceptFailure.Listener,
    };
}
