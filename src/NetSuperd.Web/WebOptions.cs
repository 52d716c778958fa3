using System.Net;

namespace NetSuperd.Web;

/// <summary>What the page is and where.</summary>
/// <param name="Listen">The address and port.</param>
/// <param name="Control">The control socket of the daemon, beside which <c>status.sock</c> may be.</param>
/// <param name="Operates">Whether an operator with the token may change something from the page.</param>
/// <param name="Hosts">Names beside the address by which browsers may ask for the page.</param>
internal sealed record WebOptions(IPEndPoint Listen, string Control, bool Operates, IReadOnlyList<string> Hosts)
{
    private const string Operate = "operate";
    private const string Show = "show";

    /// <summary>The arguments of the process.</summary>
    public string[] Arguments => [$"{Listen}", Control, Operates ? Operate : Show, .. Hosts];

    /// <summary>Reads the arguments; null: they are none of <see cref="Arguments"/>.</summary>
    public static WebOptions? Read(string[] arguments) =>
        arguments is [var listen, ['/', ..] control, Operate or Show, .. var hosts] && IPEndPoint.TryParse(listen, out var end)
            ? new WebOptions(end, control, arguments[2] == Operate, hosts)
            : null;
}
