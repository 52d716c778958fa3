namespace NetSuperd.FunctionalTests.Harness;

/// <summary>What Windows has by its documentation and Wine 8 has not, as the reasons for which tests are skipped there.</summary>
internal static class WineLacks
{
    /// <summary>Of the socket that received: WSASendMsg, IP_PKTINFO.</summary>
    public const string Sources = "Wine sends the answer of a datagram from the first address of the host";

    /// <summary>Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE: an exclusive address first and a plain wildcard second.</summary>
    public const string Wildcards = "Wine refuses a wildcard beside an address that is exclusive";

    /// <summary>SIO_TCP_INFO.</summary>
    public const string TcpInfo = "Wine does not tell round-trip times";

    /// <summary>The reset of a connection, where its data has not been read.</summary>
    public const string Resets = "Wine loses the error of a reset when it looks for events, and the next recv says the end of transmission";
}
