namespace NetSuperd.Windows.Services;

/// <summary>What <c>netsuperd service install</c> registers.</summary>
internal sealed record ServiceDefinition
{
    /// <summary>The only privilege that the daemon uses, and all that its account has: to pass folders that it may not read.</summary>
    public const string Privilege = "SeChangeNotifyPrivilege";

    /// <summary>What the process has in its environment: the runtime would open a pipe for diagnosis, which no daemon needs.</summary>
    public static readonly string[] Environment = ["DOTNET_EnableDiagnostics=0"];

    /// <summary>After how many milliseconds a failed service is started again; the last one holds for every further failure.</summary>
    public static readonly IReadOnlyList<uint> Restarts = [1_000, 5_000, 60_000];

    /// <summary>After how many seconds without a failure the first of them holds again.</summary>
    public const uint ResetSeconds = 86_400;

    /// <summary>Its name, for the commands and as the source of its events.</summary>
    public required string Name { get; init; }

    /// <summary>The account that it runs as; it needs no password.</summary>
    public required string Account { get; init; }

    /// <summary>
    /// The password for the account: Windows knows it for a virtual or managed one, and it is empty for those of the system
    /// (CreateServiceW, lpPassword).
    /// </summary>
    public string? Password => Account.StartsWith(@"NT AUTHORITY\", StringComparison.Ordinal) || Account == "LocalSystem" ? "" : null;

    /// <summary>The program, as a full path.</summary>
    public required string Program { get; init; }

    /// <summary>The map, as a full path.</summary>
    public required string Config { get; init; }

    /// <summary>How long the end of the system waits for its connections.</summary>
    public required TimeSpan LongestStop { get; init; }

    /// <summary>Its name for people.</summary>
    public string DisplayName => Name == ServiceName.Default ? "NetSuperd superserver" : $"NetSuperd superserver ({Name})";

    /// <summary>Its description.</summary>
    public string Description => $"Listens on every port of the map {Config} and hands each connection to its service.";

    /// <summary>
    /// The command line. Each path is in quotes: of an unquoted <c>C:\Program Files\x.exe</c>, Windows tries <c>C:\Program.exe</c> first
    /// (CreateProcessW, CWE-428). A path has no quotes, and that of a file does not end with a backslash, which would change the meaning of
    /// the quote behind it.
    /// </summary>
    public string CommandLine => $"\"{Program}\" run --config \"{Config}\"";
}
