namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>A program of the family of tcpserver(1).</summary>
/// <param name="Name">Its name.</param>
/// <param name="WithValue">Its options that have a value.</param>
/// <param name="MostConnections">How many connections it serves where <c>-c</c> is absent; null: it serves one at a time.</param>
/// <param name="Transport">The transport of its socket.</param>
/// <param name="IsEncrypted">Whether it terminates TLS.</param>
internal sealed record TcpserverKind(string Name, string WithValue, int? MostConnections, Transport Transport, bool IsEncrypted)
{
    private static readonly TcpserverKind[] All =
    [
        new("tcpserver", "xtuglbBcI", 40, Transport.Tcp, IsEncrypted: false),
        new("sslserver", "xtTuglbBcw", 40, Transport.Tcp, IsEncrypted: true),
        new("tcpsvd", "cCbulixt", 30, Transport.Tcp, IsEncrypted: false),
        new("sslsvd", "cCbulixtU/ZK", 30, Transport.Tcp, IsEncrypted: true),
        new("udpsvd", "ulixt", null, Transport.Udp, IsEncrypted: false),
    ];

    /// <summary>Whether it is of ipsvd, whose rules and users have another notation.</summary>
    public bool IsOfIpsvd => Name.EndsWith("svd", StringComparison.Ordinal);

    /// <summary>The program of a word of a command; null: it is another one.</summary>
    public static TcpserverKind? Of(string word) => Array.Find(All, kind => kind.Name == Path.GetFileName(word));

    /// <summary>Whether a text has the name of one of them.</summary>
    public static bool IsIn(string text) => Array.Exists(All, kind => text.Contains(kind.Name, StringComparison.Ordinal));
}
