namespace NetSuperd.Server.Config.Reporting;

/// <summary>Something wrong with a configuration. An error keeps it from applying, a warning never changes an exit status.</summary>
/// <param name="At">Where.</param>
/// <param name="Severity">Whether it keeps the configuration from applying.</param>
/// <param name="Message">What is wrong and what to do, without a capital and a full stop.</param>
public sealed record ConfigProblem(Position At, Severity Severity, string Message);

/// <summary>How bad a <see cref="ConfigProblem"/> is.</summary>
public enum Severity
{
    Warning,
    Error,
}
