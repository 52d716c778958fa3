using System.Net;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Linux.Workers;

/// <summary>A <see cref="ForwardPlan"/> on its way to a worker.</summary>
/// <param name="Targets">The targets in their normal form.</param>
/// <param name="Balance">Which target gets a connection.</param>
/// <param name="ConnectTimeout">How long a connection to an address may take.</param>
/// <param name="Source">The own address; null: the system chooses it.</param>
/// <param name="Transparent">Whether connections come from the client's address.</param>
/// <param name="SendProxy">The version of the PROXY header; null: none.</param>
internal sealed record ForwardForm(
    IReadOnlyList<string> Targets, Balance Balance, TimeSpan ConnectTimeout, string? Source, bool Transparent, int? SendProxy)
{
    /// <summary>The form of a plan.</summary>
    public static ForwardForm Of(ForwardPlan plan) =>
        new([.. plan.Targets.Select(target => target.Address)], plan.Balance, plan.ConnectTimeout, plan.Source?.ToString(),
            plan.Transparent, plan.SendProxy);

    /// <summary>The plan.</summary>
    public ForwardPlan ToPlan()
    {
        var names = new NameCache(names: null);
        return new ForwardPlan
        {
            Targets = [.. Targets.Select(text => TargetNotation.Read(text, names, out _)!)],
            Balance = Balance,
            ConnectTimeout = ConnectTimeout,
            Source = Source is null ? null : IPAddress.Parse(Source),
            Transparent = Transparent,
            SendProxy = SendProxy,
        };
    }

    /// <summary>The form as a text, which is the same for the same plan.</summary>
    public override string ToString() => $"{string.Join(' ', Targets)} {Balance} {ConnectTimeout} {Source} {Transparent} {SendProxy}";
}
