using NetSuperd.Linux;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests;

/// <summary>The system that the tests run on, as the engine sees it.</summary>
internal static class Hosts
{
    public static Host Linux { get; } = new LinuxHost();

    /// <summary>Its names.</summary>
    public static NameCache Names() => new(Linux.Names);

    /// <summary>Reads values in the root directory.</summary>
    public static Reading Reading(Problems problems) => new(problems, "/", Names());
}
