namespace NetSuperd.Benchmarks.Compare;

/// <summary>What a server does on a port.</summary>
/// <param name="Name">The name of the service.</param>
/// <param name="Child">The program in <c>fixtures</c> that is run for each connection; null where the server does it by itself.</param>
/// <param name="AsNobody">Whether the child runs as the user nobody, and not as that of the server.</param>
internal sealed record PortUse(string Name, string? Child = null, bool AsNobody = false)
{
    /// <summary>The number of the user nobody and of its group.</summary>
    public const string NobodyId = "65534";

    /// <summary>A child for each connection: a C program, whose own start takes most of the time.</summary>
    public static readonly PortUse Spawn = new("spawn", "child");

    /// <summary>The same as the user nobody.</summary>
    public static readonly PortUse User = new("user", "child", AsNobody: true);

    /// <summary>A child that costs almost nothing: what is left is the work of the server and of the kernel.</summary>
    public static readonly PortUse Bare = new("bare", "bare");

    /// <summary>The same as the user nobody.</summary>
    public static readonly PortUse BareUser = new("bareuser", "bare", AsNobody: true);

    /// <summary>The server echoes by itself.</summary>
    public static readonly PortUse Echo = new("echo");

    /// <summary>The server sends datagrams back by itself.</summary>
    public static readonly PortUse Datagrams = new("datagrams");

    /// <summary>The server forwards to <see cref="Bench.Target"/>.</summary>
    public static readonly PortUse Forward = new("forward");

    /// <summary>All uses with a child.</summary>
    public static readonly PortUse[] Children = [Spawn, User, Bare, BareUser];

    /// <summary>The name of the user of the child.</summary>
    public string UserName => AsNobody ? "nobody" : Environment.UserName;
}
