namespace NetSuperd.Server.Config.Reporting;

/// <summary>A problem of a configuration. An error keeps it from applying; a warning never changes an exit status.</summary>
/// <param name="At">Where.</param>
/// <param name="Severity">Whether it keeps the configuration from applying.</param>
/// <param name="Message">What is wrong and what to do, without a capital letter and a full stop.</param>
public sealed record ConfigProblem(Position At, Severity Severity, string Message);

/// <summary>The severity of a <see cref="ConfigProblem"/>.</summary>
public enum Severity
{
    Warning,
    Error,
}
