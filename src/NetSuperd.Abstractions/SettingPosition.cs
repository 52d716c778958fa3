namespace NetSuperd;

/// <summary>Where a setting stands in the map.</summary>
/// <param name="File">The file as the administrator named it.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in characters, from 1.</param>
/// <param name="Length">How many characters the value takes on that line, at least 1.</param>
public readonly record struct SettingPosition(string File, int Line, int Column, int Length);
