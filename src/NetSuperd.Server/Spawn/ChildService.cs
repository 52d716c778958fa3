using NetSuperd.Native;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Spawn;

/// <summary>A service with a program, as one map has it.</summary>
/// <param name="Use">The service that uses it.</param>
/// <param name="Plan">What its children get.</param>
/// <param name="Shared">The part of the plan that is the same for all of them, where the fork server reads it.</param>
/// <param name="Admission">How long they may last.</param>
/// <param name="Log">Where their standard error goes; null where not into the log.</param>
internal sealed record ChildService(ServiceUse Use, ChildPlan Plan, SharedPlan Shared, Admission Admission, StderrLog? Log);
