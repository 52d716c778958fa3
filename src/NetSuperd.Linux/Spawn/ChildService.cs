using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Spawn;

/// <summary>A service with a program, of one map.</summary>
/// <param name="Use">The service that uses it.</param>
/// <param name="Plan">What its children get.</param>
/// <param name="Shared">The common part of the plan, in memory that the fork server reads.</param>
/// <param name="Admission">Their time limits.</param>
/// <param name="Log">Where their standard error goes; null where not into the log.</param>
internal sealed record ChildService(ServiceUse Use, ChildPlan Plan, SharedPlan Shared, Admission Admission, StderrLog? Log)
{
    /// <summary>The same with what some clients get instead: one for each of <see cref="Service.Clients"/>.</summary>
    public IReadOnlyList<ChildService> ByClient { get; init; } = [];
}
